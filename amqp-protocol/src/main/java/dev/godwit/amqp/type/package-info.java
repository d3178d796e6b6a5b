/** AMQP values: source, target, outcome, error condition, capability. */
@NullMarked
package dev.godwit.amqp.type;

import org.jspecify.annotations.NullMarked;
