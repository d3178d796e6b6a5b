/** Transactions over several queues: their states, their limits and the way to an atomic commit. */
@NullMarked
package dev.godwit.broker.transaction;

import org.jspecify.annotations.NullMarked;
