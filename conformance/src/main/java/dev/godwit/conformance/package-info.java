/** How a test says what of AMQP 1.0, or of Jakarta Messaging, it proves. For tests only. */
@NullMarked
package dev.godwit.conformance;

import org.jspecify.annotations.NullMarked;
