package dev.godwit.jms.session;

import dev.godwit.jms.message.Acknowledgement;
import dev.godwit.jms.message.GodwitMessage;
import dev.godwit.jms.message.MessageFactory;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.Settlement;
import jakarta.jms.JMSException;
import org.jspecify.annotations.Nullable;

/** A delivery in a consumer's hands: owned by its session's thread once it has been taken out of the consumer. */
final class ReceivedDelivery {
    private final SessionConsumer consumer;
    private final Delivery delivery;
    private final int recoveries;
    private int redeliveries;
    private volatile long number;

    /** As it was read, until it is given to the application. */
    private @Nullable MessageEnvelope read;

    ReceivedDelivery(SessionConsumer consumer, Delivery delivery) {
        this(consumer, delivery, 0);
    }

    private ReceivedDelivery(SessionConsumer consumer, Delivery delivery, int recoveries) {
        this.consumer = consumer;
        this.delivery = delivery;
        this.recoveries = recoveries;
    }

    /** The message as the application shall see it, fresh at each call. */
    GodwitMessage toMessage(MessageFactory messages, Acknowledgement acknowledgement) throws JMSException {
        MessageEnvelope envelope = delivery.read();
        envelope.setRedeliveries(envelope.redeliveries() + recoveries);
        redeliveries = envelope.redeliveries();
        read = envelope;
        return messages.received(envelope, acknowledgement);
    }

    /**
     * The application is given the message now.
     *
     * @param listening as in {@link Delivery#give}
     * @return told when the listener has returned
     */
    Delivery.Giving give(boolean listening) {
        MessageEnvelope given = read;
        read = null;
        return given == null ? Delivery.Giving.UNSEEN : delivery.give(given, listening);
    }

    /** Its place among those that its session has delivered and that are to be acknowledged; 0 when it has none yet. */
    long number() {
        return number;
    }

    void number(long place) {
        number = place;
    }

    /** False when it is not to be given to the application any more. */
    boolean isWanted() {
        return delivery.isWanted();
    }

    /** As {@link Delivery#priority}. */
    int priority() {
        return delivery.priority();
    }

    /** How often it came before, by the broker's count and ours; known once it was made a message. */
    int redeliveries() {
        return redeliveries;
    }

    void settle(Settlement settlement) {
        delivery.settle(settlement);
    }

    /**
     * Gives it back to the broker after an attempt that failed, to come again before anything else (Jakarta Messaging
     * §8.7): what came ahead after it goes back first. Of what a broker has forgotten
     * nothing can go back: this one is lost, and those after it are not.
     */
    void fail() {
        if (!delivery.isForgotten()) {
            consumer.giveBackBefore(this);
        }
        settle(Settlement.FAILED);
    }

    /**
     * Gives it to the application once more, without the broker; or back to the broker, when the consumer is closed. It comes
     * as another delivery: who still has the message of this one cannot acknowledge that one with it.
     */
    void redeliver() {
        if (!consumer.takeBack(new ReceivedDelivery(consumer, delivery, recoveries + 1))) {
            settle(Settlement.FAILED);
        }
    }
}
