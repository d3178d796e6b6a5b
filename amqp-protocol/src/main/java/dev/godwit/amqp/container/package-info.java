/** The ports: container, connection, session, receiving link, sending link, delivery, settlement. */
@NullMarked
package dev.godwit.amqp.container;

import org.jspecify.annotations.NullMarked;
