package dev.godwit.broker.address;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.filter.SourceFilters;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription is to bring. Other terms under the same name are another subscription. Immutable.
 *
 * @param address of the topic, as the client spelled it
 * @param topic its name
 * @param shared for several consumers, each of which gets some of the messages
 * @param noLocal without the messages of its own connection
 * @param filters those that are applied to each message, as the client wrote them; no-local among them
 */
public record SubscriptionTerms(
        String address, String topic, boolean shared, boolean noLocal, Map<Symbol, Object> filters) {
    public SubscriptionTerms {
        filters = Map.copyOf(filters);
    }

    /**
     * What the filters want, for the use of one event loop; null when they want everything.
     *
     * @throws IllegalStateException when they mean nothing: they were kept by another release
     */
    public @Nullable MessageFilter newFilter() {
        try {
            return SourceFilters.read(filters).filter();
        } catch (InvalidFilterException wrong) {
            throw new IllegalStateException("a subscription to " + topic + ": " + wrong.getMessage(), wrong);
        }
    }

    /** The same messages for the same kind of consumers, however the address was spelled. */
    public boolean meanTheSameAs(SubscriptionTerms other) {
        return topic.equals(other.topic)
                && shared == other.shared
                && noLocal == other.noLocal
                && filters.equals(other.filters);
    }
}
