package dev.godwit.broker.address;

import dev.godwit.amqp.type.Symbol;
import java.util.Map;

/**
 * What a subscription is to bring. Other terms under the same name are another subscription. Immutable.
 *
 * @param address of the topic, as the client spelled it
 * @param topic its name
 * @param shared for several consumers, each of which gets some of the messages
 * @param noLocal without the messages of its own connection
 * @param filters those that are applied to each message
 */
public record SubscriptionTerms(
        String address, String topic, boolean shared, boolean noLocal, Map<Symbol, Object> filters) {
    public SubscriptionTerms {
        filters = Map.copyOf(filters);
    }

    /** The same messages for the same kind of consumers, however the address was spelled. */
    public boolean meanTheSameAs(SubscriptionTerms other) {
        return topic.equals(other.topic)
                && shared == other.shared
                && noLocal == other.noLocal
                && filters.equals(other.filters);
    }
}
