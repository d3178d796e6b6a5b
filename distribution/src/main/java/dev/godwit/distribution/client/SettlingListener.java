package dev.godwit.distribution.client;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;

/** A receiver that settles before its peer does, and that takes no credit back. */
public interface SettlingListener extends ReceivingLinkListener {
    @Override
    default void onSettled(IncomingDelivery delivery) {
        // There is nothing left to hear.
    }

    @Override
    default void onDrained(ReceivingLink link) {
        // Nobody asks for it.
    }
}
