/** One queue: order, credit, redelivery, expiry, dead letters. */
@NullMarked
package dev.godwit.broker.queue;

import org.jspecify.annotations.NullMarked;
