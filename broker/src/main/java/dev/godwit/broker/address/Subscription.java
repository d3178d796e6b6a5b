package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;

/** One consumer's hold on a subscription. Any thread may use it; what it asks is done in the order of asking. */
public interface Subscription {
    /** Where the messages are. */
    QueueDoor queue();

    SubscriptionTerms terms();

    /**
     * The consumer is gone.
     *
     * @param closed it wants no more of the subscription, which goes unless other consumers have it
     */
    void leave(boolean closed);
}
