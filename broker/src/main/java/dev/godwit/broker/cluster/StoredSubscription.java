package dev.godwit.broker.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.message.AmqpDecoder;
import dev.godwit.amqp.message.AmqpEncoder;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.catalog.QueueDefinition;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A durable subscription as the catalog keeps it: a queue whose settings say what it subscribes to.
 *
 * @param definition of the queue that holds its messages
 */
record StoredSubscription(SubscriptionKey key, SubscriptionTerms terms, QueueDefinition definition) {
    /** What names of the broker's own queues begin with; no client may make such a queue. */
    static final String NAME_PREFIX = "$subscription/";

    private static final int NAME_LENGTH_MAX = QueueDefinition.NAME_LENGTH_MAX;
    private static final int SETTING_LENGTH_MAX = QueueDefinition.SETTING_LENGTH_MAX;

    private static final String CONTAINER = "subscription.container";
    private static final String NAME = "subscription.name";
    private static final String ADDRESS = "subscription.address";
    private static final String TOPIC = "subscription.topic";
    private static final String SHARED = "subscription.shared";
    private static final String NO_LOCAL = "subscription.no-local";
    private static final String FILTERS = "subscription.filters";

    /** The name of its queue: different for different keys. */
    static String queueName(SubscriptionKey key) {
        var container = key.containerId();
        return NAME_PREFIX + (container == null ? "" : escaped(container)) + "/" + escaped(key.name());
    }

    private static String escaped(String text) {
        return text.replace("%", "%25").replace("/", "%2F");
    }

    /** Says why this cannot be kept, for the peer; null when it can. */
    static @Nullable String objection(SubscriptionKey key, SubscriptionTerms terms) {
        if (queueName(key).length() > NAME_LENGTH_MAX) {
            return "container-id and name of a durable subscription may have "
                    + (NAME_LENGTH_MAX - NAME_PREFIX.length() - 1)
                    + " characters together, where each / and each % counts as three; use shorter ones";
        }
        if (filters(terms).length() > SETTING_LENGTH_MAX) {
            return "the filters of a durable subscription may take " + SETTING_LENGTH_MAX * 3 / 4
                    + " bytes; use a shorter selector";
        }
        return settings(key, terms).values().stream().anyMatch(each -> each.length() > SETTING_LENGTH_MAX)
                ? "the address of a durable subscription may have " + SETTING_LENGTH_MAX + " characters"
                : null;
    }

    static Map<String, String> settings(SubscriptionKey key, SubscriptionTerms terms) {
        var settings = new HashMap<String, String>();
        settings.put(QueueDefinition.KIND, QueueDefinition.KIND_SUBSCRIPTION);
        if (key.containerId() != null) {
            settings.put(CONTAINER, key.containerId());
        }
        settings.put(NAME, key.name());
        settings.put(ADDRESS, terms.address());
        settings.put(TOPIC, terms.topic());
        settings.put(SHARED, String.valueOf(terms.shared()));
        settings.put(NO_LOCAL, String.valueOf(terms.noLocal()));
        if (!terms.filters().isEmpty()) {
            settings.put(FILTERS, filters(terms));
        }
        return settings;
    }

    private static String filters(SubscriptionTerms terms) {
        var encoder = new AmqpEncoder();
        encoder.writeMap(terms.filters());
        var encoded = encoder.toByteBuffer();
        var bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return new String(Base64.getEncoder().encode(bytes), UTF_8);
    }

    /**
     * Reads what {@link #settings} wrote.
     *
     * @throws IllegalStateException when the definition is not that of a subscription
     */
    static StoredSubscription of(QueueDefinition definition) {
        var settings = definition.settings();
        var key = new SubscriptionKey(settings.get(CONTAINER), required(definition, NAME), true);
        var terms = new SubscriptionTerms(
                required(definition, ADDRESS),
                required(definition, TOPIC),
                Boolean.parseBoolean(settings.get(SHARED)),
                Boolean.parseBoolean(settings.get(NO_LOCAL)),
                filters(settings.get(FILTERS)));
        return new StoredSubscription(key, terms, definition);
    }

    private static String required(QueueDefinition definition, String setting) {
        var value = definition.settings().get(setting);
        if (value == null) {
            throw new IllegalStateException("the definition of " + definition.name() + " lacks " + setting);
        }
        return value;
    }

    private static Map<Symbol, Object> filters(@Nullable String text) {
        if (text == null) {
            return Map.of();
        }
        var filters = new LinkedHashMap<Symbol, Object>();
        var encoded = ByteBuffer.wrap(Base64.getDecoder().decode(text));
        if (new AmqpDecoder(encoded).readValue() instanceof Map<?, ?> map) {
            map.forEach((name, value) -> filters.put((Symbol) name, value));
        }
        return filters;
    }
}
