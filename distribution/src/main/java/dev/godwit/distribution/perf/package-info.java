/** A load generator for any AMQP 1.0 broker that counts, times and verifies every message. */
@NullMarked
package dev.godwit.distribution.perf;

import org.jspecify.annotations.NullMarked;
