package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.Address;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Destinations as addresses of the wire. Some brokers tell queues from topics by a prefix, which they announce in their
 * open and which no application wants to see. Immutable.
 */
record AddressMapping(String queuePrefix, String topicPrefix) {
    static final AddressMapping PLAIN = new AddressMapping("", "");

    private static final Symbol QUEUE_PREFIX = Symbol.of("queue-prefix");
    private static final Symbol TOPIC_PREFIX = Symbol.of("topic-prefix");

    /**
     * That of a connection.
     *
     * @param queuePrefix what the application wants; null for what the broker announces
     * @param topicPrefix the same for topics
     */
    static AddressMapping of(OpenParameters remoteOpen, @Nullable String queuePrefix, @Nullable String topicPrefix) {
        return new AddressMapping(
                queuePrefix == null ? text(remoteOpen.properties(), QUEUE_PREFIX) : queuePrefix,
                topicPrefix == null ? text(remoteOpen.properties(), TOPIC_PREFIX) : topicPrefix);
    }

    private static String text(Map<Symbol, Object> properties, Symbol key) {
        return properties.get(key) instanceof String text ? text : "";
    }

    String toWire(Address address) {
        return prefix(address.kind()) + address.name();
    }

    /**
     * The destination that a field of a message names.
     *
     * @param kind what the annotation beside it says, if there is one
     * @param consumed where the message was consumed from: of this kind is what says nothing of itself
     */
    @Nullable
    Address fromWire(@Nullable String name, @Nullable Object kind, @Nullable Address consumed) {
        if (name == null || name.isEmpty()) {
            return null;
        }
        Address.Kind known = kind(kind);
        if (known == null) {
            known = consumed == null ? Address.Kind.QUEUE : consumed.kind();
        }
        String prefix = prefix(known);
        return new Address(
                !prefix.isEmpty() && name.length() > prefix.length() && name.startsWith(prefix)
                        ? name.substring(prefix.length())
                        : name,
                known);
    }

    private String prefix(Address.Kind kind) {
        return switch (kind) {
            case QUEUE -> queuePrefix;
            case TOPIC -> topicPrefix;
            case TEMPORARY_QUEUE, TEMPORARY_TOPIC -> "";
        };
    }

    static byte annotation(Address.Kind kind) {
        return switch (kind) {
            case QUEUE -> 0;
            case TOPIC -> 1;
            case TEMPORARY_QUEUE -> 2;
            case TEMPORARY_TOPIC -> 3;
        };
    }

    private static Address.@Nullable Kind kind(@Nullable Object annotation) {
        if (annotation instanceof Byte code) {
            for (Address.Kind kind : Address.Kind.values()) {
                if (annotation(kind) == code) {
                    return kind;
                }
            }
        }
        return null;
    }
}
