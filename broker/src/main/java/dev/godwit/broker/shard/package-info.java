/** An event loop with its log and its queues. */
@NullMarked
package dev.godwit.broker.shard;

import org.jspecify.annotations.NullMarked;
