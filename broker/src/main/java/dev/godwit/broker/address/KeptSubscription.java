package dev.godwit.broker.address;

/** A durable subscription that somebody asked about. Any thread may use it. */
public interface KeptSubscription {
    SubscriptionKey key();

    SubscriptionTerms terms();

    /** Ends it with what it holds, unless a consumer has taken it up meanwhile. */
    void remove();
}
