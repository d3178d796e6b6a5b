/** How a test says what of AMQP 1.0 it proves. For tests only. */
@NullMarked
package dev.godwit.conformance;

import org.jspecify.annotations.NullMarked;
