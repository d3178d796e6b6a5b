/** The provider port over AMQP 1.0, by the AMQP-JMS mapping: the only room of the client that knows the protocol. */
@NullMarked
package dev.godwit.jms.provider.amqp;

import org.jspecify.annotations.NullMarked;
