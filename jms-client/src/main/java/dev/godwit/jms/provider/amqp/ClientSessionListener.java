package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;

/** What becomes of a client's session, to which brokers attach no links. */
interface ClientSessionListener extends SessionListener {
    @Override
    default void onAttach(SendingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("a JMS client answers no links"));
    }

    @Override
    default void onAttach(ReceivingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("a JMS client answers no links"));
    }
}
