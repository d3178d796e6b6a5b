package dev.godwit.broker.admin;

import dev.godwit.broker.cluster.PolicyAdministration;
import dev.godwit.broker.cluster.QueueDescription;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.BreakerState;
import dev.godwit.broker.queue.WaitStatistics;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The types of entities that can be managed, with their attributes and operations (docs/management.md). */
final class EntityType {
    static final String SELF = "org.amqp.management";
    static final String QUEUE = "dev.godwit.queue";
    static final String POLICY = "dev.godwit.address-policy";
    static final String ALIAS = "dev.godwit.alias";
    static final String ROUTE = "dev.godwit.route";
    static final String SWEEP = "dev.godwit.sweep";
    static final String PREPARED = "dev.godwit.prepared-transaction";
    private static final String EFFECTIVE = "effectiveSettings";

    /** What other tools call a queue. */
    private static final Set<String> QUEUE_ALIASES = Set.of(QUEUE, "queue", "org.apache.qpid.Queue");

    private static final List<String> QUEUE_ATTRIBUTES = Stream.of(
                    List.of("name", "identity", "type", "durable", "creator", "created", "madeOnDemand"),
                    SettingAttributes.names(),
                    List.of(
                            EFFECTIVE,
                            "messages",
                            "acquired",
                            "scheduled",
                            "deferred",
                            "bytes",
                            "consumers",
                            "slowConsumers",
                            "enqueued",
                            "consumed",
                            "returned",
                            "rejected",
                            "expired",
                            "damaged",
                            "dropped",
                            "duplicates",
                            "replaced",
                            "locksLost",
                            "consumerTimeouts",
                            "circuitBreaker",
                            "circuitBreakerUntil",
                            "circuitBreakerOpened",
                            "waits"))
            .flatMap(List::stream)
            .toList();
    private static final List<String> POLICY_ATTRIBUTES = Stream.of(
                    List.of("name", "identity", "type", "stored"), SettingAttributes.names())
            .flatMap(List::stream)
            .toList();

    private static final List<String> ENTITY_OPERATIONS = List.of("CREATE", "READ", "UPDATE", "DELETE");

    /**
     * What can be asked about a type.
     *
     * @param attributes of its entities
     * @param operations on them, or on the node itself
     */
    private record Description(String name, List<String> attributes, List<String> operations) {}

    private static final List<Description> ALL = List.of(
            new Description(
                    SELF,
                    List.of("name", "identity", "type"),
                    List.of(
                            "QUERY",
                            "GET-TYPES",
                            "GET-ATTRIBUTES",
                            "GET-OPERATIONS",
                            "GET-ANNOTATIONS",
                            "GET-MGMT-NODES")),
            new Description(
                    QUEUE,
                    QUEUE_ATTRIBUTES,
                    List.of(
                            "CREATE",
                            "READ",
                            "UPDATE",
                            "DELETE",
                            "PURGE",
                            "LIST-SCHEDULED",
                            "CANCEL-SCHEDULED",
                            "LIST-DEFERRED",
                            "RETURN-DEFERRED",
                            "RENEW-LOCK",
                            "EXPLAIN-DELIVERY",
                            "EXPLAIN-CREDIT",
                            "REDRIVE",
                            "MOVE",
                            "COPY")),
            new Description(POLICY, POLICY_ATTRIBUTES, ENTITY_OPERATIONS),
            new Description(ALIAS, RoutingOperations.ALIAS_ATTRIBUTES, ENTITY_OPERATIONS),
            new Description(ROUTE, RoutingOperations.ROUTE_ATTRIBUTES, ENTITY_OPERATIONS),
            new Description(SWEEP, SweepOperations.ATTRIBUTES, List.of("READ", "DELETE")),
            new Description(PREPARED, PreparedOperations.ATTRIBUTES, PreparedOperations.OPERATIONS));

    private static final Map<String, List<String>> ATTRIBUTES = byType(Description::attributes);
    private static final Map<String, List<String>> OPERATIONS = byType(Description::operations);

    /** Of all: neither extends one type another, nor has one annotations. */
    private static final Map<String, List<String>> NOTHING = byType(type -> List.of());

    /** Attributes that a request may name although it cannot choose them. */
    private static final Set<String> NOT_TO_BE_SET = Set.of("name", "identity", "type", "durable");

    private EntityType() {}

    static boolean isQueue(String type) {
        return QUEUE_ALIASES.contains(type);
    }

    static boolean isKnown(String type) {
        return isQueue(type) || ATTRIBUTES.containsKey(type);
    }

    /** True for each but that of the node itself. */
    static boolean hasEntities(String type) {
        return isKnown(type) && !type.equals(SELF);
    }

    static boolean isRouting(String type) {
        return type.equals(ALIAS) || type.equals(ROUTE);
    }

    /** What is told of an entity when nobody says what to tell. */
    static List<String> attributesOf(@Nullable String type) {
        return type == null ? QUEUE_ATTRIBUTES : ATTRIBUTES.getOrDefault(type, QUEUE_ATTRIBUTES);
    }

    /** Each type with those that it extends: none. */
    static Map<String, List<String>> types() {
        return NOTHING;
    }

    static Map<String, List<String>> attributesByType() {
        return ATTRIBUTES;
    }

    static Map<String, List<String>> operationsByType() {
        return OPERATIONS;
    }

    static Map<String, List<String>> annotationsByType() {
        return NOTHING;
    }

    private static Map<String, List<String>> byType(Function<Description, List<String>> listed) {
        var types = new LinkedHashMap<String, List<String>>();
        ALL.forEach(type -> types.put(type.name(), listed.apply(type)));
        return Collections.unmodifiableMap(types);
    }

    static Map<String, Object> describe(QueueDescription queue) {
        var statistics = queue.statistics();
        var values = new LinkedHashMap<String, Object>();
        values.put("name", queue.name());
        values.put("identity", queue.name());
        values.put("type", QUEUE);
        values.put("durable", queue.durable());
        values.put("madeOnDemand", queue.madeOnDemand());
        values.put("creator", queue.creator());
        values.put("created", Instant.ofEpochMilli(queue.createdAtMillis()));
        SettingAttributes.describe(queue.settings(), values);
        values.put(EFFECTIVE, queue.effective().texts());
        values.put("messages", queue.messages());
        values.put("acquired", statistics.acquired());
        values.put("scheduled", statistics.scheduled());
        values.put("deferred", statistics.deferred());
        values.put("bytes", statistics.bytes());
        values.put("consumers", statistics.consumers());
        values.put("slowConsumers", statistics.slowConsumers());
        values.put("enqueued", statistics.enqueued());
        values.put("consumed", statistics.consumed());
        values.put("returned", statistics.returned());
        values.put("rejected", statistics.rejected());
        values.put("expired", statistics.expired());
        values.put("damaged", statistics.damaged());
        values.put("dropped", statistics.dropped());
        values.put("duplicates", statistics.duplicates());
        values.put("replaced", statistics.replaced());
        values.put("locksLost", statistics.locksLost());
        values.put("consumerTimeouts", statistics.consumerTimeouts());
        var breaker = statistics.breaker();
        values.put("circuitBreaker", breaker.state().name().toLowerCase(Locale.ROOT));
        if (breaker.state() == BreakerState.OPEN) {
            values.put("circuitBreakerUntil", Instant.ofEpochMilli(breaker.untilMillis()));
        }
        values.put("circuitBreakerOpened", breaker.opened());
        values.put(
                "waits", statistics.waits().stream().map(EntityType::describe).toList());
        return values;
    }

    private static Map<String, Object> describe(WaitStatistics wait) {
        var values = new LinkedHashMap<String, Object>();
        values.put("priority", wait.priority());
        values.put("messages", wait.messages());
        values.put("p50Millis", wait.p50Millis());
        values.put("p99Millis", wait.p99Millis());
        values.put("p999Millis", wait.p999Millis());
        values.put("maxMillis", wait.maxMillis());
        return values;
    }

    static Map<String, Object> describe(PolicyAdministration.Description policy) {
        var values = new LinkedHashMap<String, Object>();
        values.put("name", policy.pattern());
        values.put("identity", policy.pattern());
        values.put("type", POLICY);
        values.put("stored", policy.stored());
        SettingAttributes.describe(policy.policy().settings(), values);
        return values;
    }

    /**
     * The settings that a request asks for.
     *
     * @param before what holds for settings that it does not name
     * @throws IllegalArgumentException when it names something that cannot be set, with a sentence for whoever asked
     */
    static AddressSettings settings(Map<?, ?> attributes, AddressSettings before) {
        var settings = before;
        for (var attribute : attributes.entrySet()) {
            var name = String.valueOf(attribute.getKey());
            var value = attribute.getValue();
            if (name.equals("durable") && Boolean.FALSE.equals(value)) {
                throw new IllegalArgumentException("queues that are created here are durable; attach to a dynamic"
                        + " source for a temporary one");
            }
            if (!NOT_TO_BE_SET.contains(name)) {
                settings = SettingAttributes.set(settings, name, value);
            }
        }
        return settings;
    }
}
