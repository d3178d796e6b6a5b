package dev.godwit.broker.admin;

import dev.godwit.broker.cluster.QueueDescription;
import dev.godwit.broker.queue.QueueSettings;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The types of entities that can be managed, with their attributes and operations (docs/management.md). */
final class EntityType {
    static final String SELF = "org.amqp.management";
    static final String QUEUE = "dev.godwit.queue";

    /** What other tools call a queue. */
    private static final Set<String> QUEUE_ALIASES = Set.of(QUEUE, "queue", "org.apache.qpid.Queue");

    private static final String DEAD_LETTER_ADDRESS = "deadLetterAddress";
    private static final String ATTEMPTS_MAX = "maximumDeliveryAttempts";
    private static final List<String> QUEUE_ATTRIBUTES = List.of(
            "name",
            "identity",
            "type",
            "durable",
            "creator",
            "created",
            DEAD_LETTER_ADDRESS,
            ATTEMPTS_MAX,
            "messages",
            "acquired",
            "consumers",
            "enqueued",
            "consumed",
            "returned",
            "rejected",
            "expired",
            "damaged");

    /** Attributes that a request may name although it cannot choose them. */
    private static final Set<String> NOT_TO_BE_SET = Set.of("name", "identity", "type", "durable");

    private EntityType() {}

    static boolean isQueue(String type) {
        return QUEUE_ALIASES.contains(type);
    }

    static boolean isKnown(String type) {
        return isQueue(type) || type.equals(SELF);
    }

    static List<String> attributes() {
        return QUEUE_ATTRIBUTES;
    }

    /** Each type with those that it extends: none. */
    static Map<String, List<String>> types() {
        return byType(List.of(), List.of());
    }

    static Map<String, List<String>> attributesByType() {
        return byType(List.of("name", "identity", "type"), QUEUE_ATTRIBUTES);
    }

    static Map<String, List<String>> operationsByType() {
        return byType(
                List.of("QUERY", "GET-TYPES", "GET-ATTRIBUTES", "GET-OPERATIONS", "GET-ANNOTATIONS", "GET-MGMT-NODES"),
                List.of("CREATE", "READ", "UPDATE", "DELETE", "PURGE"));
    }

    static Map<String, List<String>> annotationsByType() {
        return byType(List.of(), List.of());
    }

    private static Map<String, List<String>> byType(List<String> ofSelf, List<String> ofQueue) {
        var types = new LinkedHashMap<String, List<String>>();
        types.put(SELF, ofSelf);
        types.put(QUEUE, ofQueue);
        return types;
    }

    static Map<String, Object> describe(QueueDescription queue) {
        var statistics = queue.statistics();
        var values = new LinkedHashMap<String, Object>();
        values.put("name", queue.name());
        values.put("identity", queue.name());
        values.put("type", QUEUE);
        values.put("durable", queue.durable());
        values.put("creator", queue.creator());
        values.put("created", Instant.ofEpochMilli(queue.createdAtMillis()));
        if (queue.settings().deadLetterAddress() != null) {
            values.put(DEAD_LETTER_ADDRESS, queue.settings().deadLetterAddress());
        }
        if (queue.settings().deliveryAttemptsMax() != null) {
            values.put(ATTEMPTS_MAX, queue.settings().deliveryAttemptsMax());
        }
        values.put("messages", queue.messages());
        values.put("acquired", statistics.acquired());
        values.put("consumers", statistics.consumers());
        values.put("enqueued", statistics.enqueued());
        values.put("consumed", statistics.consumed());
        values.put("returned", statistics.returned());
        values.put("rejected", statistics.rejected());
        values.put("expired", statistics.expired());
        values.put("damaged", statistics.damaged());
        return values;
    }

    /**
     * The settings that a request asks for.
     *
     * @param before what holds for settings that it does not name
     * @throws IllegalArgumentException when it names something that cannot be set, with a sentence for whoever asked
     */
    static QueueSettings settings(Map<?, ?> attributes, QueueSettings before) {
        var deadLetters = before.deadLetterAddress();
        var attempts = before.deliveryAttemptsMax();
        for (var attribute : attributes.entrySet()) {
            var name = String.valueOf(attribute.getKey());
            var value = attribute.getValue();
            if (name.equals(DEAD_LETTER_ADDRESS) && (value == null || value instanceof String)) {
                deadLetters = (String) value;
            } else if (name.equals(ATTEMPTS_MAX) && value == null) {
                attempts = null;
            } else if (name.equals(ATTEMPTS_MAX) && value instanceof Number number) {
                attempts = attempts(number);
            } else if (name.equals("durable") && Boolean.FALSE.equals(value)) {
                throw new IllegalArgumentException("queues that are created here are durable; attach to a dynamic"
                        + " source for a temporary one");
            } else if (!NOT_TO_BE_SET.contains(name)) {
                throw new IllegalArgumentException(
                        "the attribute " + Quotation.of(name) + " cannot be set to " + Quotation.of(value) + "; "
                                + DEAD_LETTER_ADDRESS + " (a string) and " + ATTEMPTS_MAX + " (a number) can");
            }
        }
        return new QueueSettings(attempts, deadLetters);
    }

    /** Whether a request says where dead letters are to go. */
    static boolean namesDeadLetterAddress(Map<?, ?> attributes) {
        return attributes.containsKey(DEAD_LETTER_ADDRESS);
    }

    private static int attempts(Number number) {
        long attempts = number.longValue();
        if (attempts < 0 || attempts > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    ATTEMPTS_MAX + " may be 0, for no limit, to " + Integer.MAX_VALUE + ", not " + attempts);
        }
        return (int) attempts;
    }
}
