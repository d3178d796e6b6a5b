package dev.godwit.jms.session;

import dev.godwit.jms.provider.ReceiverRequest;
import jakarta.jms.IllegalStateException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which consumer of a connection has which unshared durable subscription: each has at most one (Jakarta Messaging §8.3.3).
 * Brokers cannot tell a second one of the same connection from one that takes over. For any thread.
 */
final class DurableConsumers {
    private final ConcurrentMap<String, SessionConsumer> bySubscription = new ConcurrentHashMap<>();

    /** Does nothing for what is no such subscription. */
    void enter(ReceiverRequest request, SessionConsumer consumer) throws IllegalStateException {
        String name = request.subscriptionName();
        if (name != null
                && request.durable()
                && !request.shared()
                && bySubscription.putIfAbsent(name, consumer) != null) {
            throw new IllegalStateException("creating a " + consumer.describe() + ": the durable subscription \"" + name
                    + "\" has a consumer already");
        }
    }

    void leave(SessionConsumer consumer) {
        bySubscription.values().remove(consumer);
    }
}
