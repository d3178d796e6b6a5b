/** Proton-J driven by Vert.x behind the ports of {@code amqp.container}: TCP, SASL, framing. */
@NullMarked
package dev.godwit.amqp.transport;

import org.jspecify.annotations.NullMarked;
