package dev.godwit.jms.session;

import dev.godwit.jms.provider.ReceiverRequest;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Which consumer of a connection has which unshared durable subscription: each has at most one (Jakarta Messaging §8.3.3),
 * from before its link is attached until the broker has let it go.
 * Brokers cannot tell a second one of the same connection from one that takes over. For any thread.
 */
final class DurableConsumers {
    private final ConcurrentMap<String, SessionConsumer> bySubscription = new ConcurrentHashMap<>();

    /**
     * Does nothing for what is no such subscription.
     *
     * @throws IllegalStateException when there is a consumer, or one that was closed and keeps the subscription until what it
     *     received has been acknowledged
     */
    void enter(SessionConsumer consumer) throws JMSException {
        String name = nameOf(consumer);
        if (name == null) {
            return;
        }
        SessionConsumer holder = bySubscription.putIfAbsent(name, consumer);
        if (holder != null && holder.isClosed()) {
            holder.awaitDetached();
            holder = bySubscription.putIfAbsent(name, consumer);
        }
        if (holder != null) {
            throw new IllegalStateException("creating a " + consumer.describe() + ": the durable subscription \"" + name
                    + "\" has a consumer already"
                    + (holder.isClosed() ? ", closed, but with messages that are not acknowledged" : ""));
        }
    }

    void leave(SessionConsumer consumer) {
        String name = nameOf(consumer);
        if (name != null) {
            bySubscription.remove(name, consumer);
        }
    }

    /** The session has ended, and with it the links of all its consumers, closed ones too. */
    void leave(ClientSession session) {
        bySubscription.values().removeIf(consumer -> consumer.isOf(session));
    }

    private static @Nullable String nameOf(SessionConsumer consumer) {
        ReceiverRequest request = consumer.request();
        return request.durable() && !request.shared() ? request.subscriptionName() : null;
    }
}
