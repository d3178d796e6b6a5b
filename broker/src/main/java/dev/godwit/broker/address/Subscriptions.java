package dev.godwit.broker.address;

import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.runtime.EventLoop;

/** The port to whoever keeps subscriptions. Any loop may ask; the answer comes on the loop that asked. */
public interface Subscriptions {
    /**
     * Takes a subscription up, or makes it. What is published after the answer was given reaches it.
     *
     * <p>A durable subscription that is asked for on other terms is made anew, without what it held. One that is not shared
     * is taken from the consumer that has it: container-id and link name say that it is the same link (AMQP 1.0 §2.6.1).
     */
    void subscribe(SubscriptionRequest request, EventLoop caller, SubscribeReply reply);

    /** Finds a durable subscription by name, to end it. Refused while it has consumers. */
    void find(SubscriptionKey key, String user, EventLoop caller, FindReply reply);

    /** How {@link #subscribe} ended. Exactly one of the two is called, once. */
    interface SubscribeReply {
        void onSubscribed(Subscription subscription);

        void onRefused(Refusal refusal, String description);
    }

    /** How {@link #find} ended. Exactly one of the two is called, once. */
    interface FindReply {
        void onKept(KeptSubscription subscription);

        void onRefused(Refusal refusal, String description);
    }
}
