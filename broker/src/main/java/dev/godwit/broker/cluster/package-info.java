/** Who leads which shard, and where addresses are placed. */
@NullMarked
package dev.godwit.broker.cluster;

import org.jspecify.annotations.NullMarked;
