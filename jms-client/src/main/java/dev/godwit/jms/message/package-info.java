/** The message types and destinations of Jakarta Messaging: bodies, properties, conversions, and no AMQP. */
@NullMarked
package dev.godwit.jms.message;

import org.jspecify.annotations.NullMarked;
