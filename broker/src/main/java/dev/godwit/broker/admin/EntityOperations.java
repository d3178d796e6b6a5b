package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replying;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.PolicyAdministration;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.QueueDescription;
import dev.godwit.broker.cluster.QueueSweeps;
import dev.godwit.broker.cluster.QueueSweeps.Kind;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.transaction.PreparedTransactions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests in the form of the AMQP management draft: operation, type and name are application properties, attributes a map
 * in the body. Stateless.
 */
final class EntityOperations {
    /** A row of an answer has one place for each that was asked for. */
    private static final int NAMES_MAX = 100;

    private static final String ALL = "all";

    private final QueueAdministration queues;
    private final SettingsRequest settings;
    private final PolicyOperations policies;
    private final RoutingOperations routing;
    private final SweepOperations sweeps;
    private final PreparedOperations prepared;
    private final Schedule schedule;
    private final LockRenewal locks;
    private final Explanations explanations;
    private final DeferredList deferred;
    private final ClusterOperations cluster;

    EntityOperations(
            QueueAdministration queues,
            PolicyAdministration policies,
            RoutingAdministration routing,
            QueueSweeps sweeps,
            Explanations explanations,
            PreparedTransactions transactions,
            ClusterOperations cluster) {
        this.cluster = cluster;
        this.prepared = new PreparedOperations(transactions);
        this.explanations = explanations;
        this.queues = queues;
        var deadLetters = new DeadLetterRule(queues);
        this.settings = new SettingsRequest(deadLetters);
        this.policies = new PolicyOperations(policies, settings);
        this.routing = new RoutingOperations(routing, queues);
        this.sweeps = new SweepOperations(sweeps, queues);
        this.schedule = new Schedule(queues);
        this.locks = new LockRenewal(queues);
        this.deferred = new DeferredList(queues);
    }

    /** @param entity the queue at whose own node the request was made; null for the broker's */
    void onRequest(
            AmqpMessage request,
            @Nullable String entity,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var operation = text(request, "operation");
        if (operation == null) {
            answer.accept(bad("a request needs the application property 'operation', a string"));
            return;
        }
        if (LockRenewal.NAMES.contains(operation)) {
            renewLocks(
                    operation, entity == null ? name(request, Map.of()) : entity, request, requester, caller, answer);
            return;
        }
        if (ClusterOperations.OPERATIONS.contains(operation)) {
            cluster.onRequest(operation, text(request, "node"), requester, caller, answer);
            return;
        }
        switch (operation) {
            case "QUERY" -> query(request, requester, caller, answer);
            case "GET-TYPES" -> answer.accept(found(EntityType.types()));
            case "GET-ATTRIBUTES" -> answer.accept(found(EntityType.attributesByType()));
            case "GET-OPERATIONS" -> answer.accept(found(EntityType.operationsByType()));
            case "GET-ANNOTATIONS" -> answer.accept(found(EntityType.annotationsByType()));
            case "GET-MGMT-NODES" -> answer.accept(new Answer.Draft(Answer.OK, "OK", Map.of(), null));
            case "CREATE",
                    "READ",
                    "UPDATE",
                    "DELETE",
                    "PURGE",
                    "LIST-SCHEDULED",
                    "CANCEL-SCHEDULED",
                    "EXPLAIN-DELIVERY",
                    "EXPLAIN-CREDIT",
                    "LIST-DEFERRED",
                    "RETURN-DEFERRED",
                    "REDRIVE",
                    "MOVE",
                    "COPY",
                    "COMMIT",
                    "ROLLBACK" -> onEntity(operation, request, requester, caller, answer);
            default ->
                answer.accept(new Answer.Draft(
                        Answer.NOT_IMPLEMENTED,
                        "the operation " + Quotation.of(operation) + " is not known; GET-OPERATIONS says which are"));
        }
    }

    private void onEntity(
            String operation, AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        var type = text(request, "type");
        if (type == null && !List.of("READ", "UPDATE", "DELETE").contains(operation)) {
            answer.accept(bad(operation + " needs the application property 'type', a string"));
            return;
        }
        if (type != null && !EntityType.isQueue(type) && EntityType.hasEntities(type)) {
            onRule(type, operation, request, requester, caller, answer);
            return;
        }
        if (type != null && (!EntityType.isQueue(type) || PreparedOperations.OPERATIONS.contains(operation))) {
            answer.accept(
                    EntityType.isKnown(type)
                            ? new Answer.Draft(Answer.NOT_IMPLEMENTED, operation + " is not known for " + type)
                            : new Answer.Draft(
                                    Answer.NOT_FOUND,
                                    "there is no type " + Quotation.of(type) + "; GET-TYPES says which are"));
            return;
        }
        var attributes = attributes(request);
        if (attributes == null) {
            answer.accept(bad("the body must be a map of attributes, or null"));
            return;
        }
        var name = name(request, attributes);
        if (name == null) {
            answer.accept(bad(operation + " needs the application property 'name' or 'identity', a string"));
            return;
        }
        var objection = AddressName.objection("a queue's name", name);
        if (objection != null) {
            answer.accept(bad(objection));
            return;
        }
        if (!isPermitted(operation, name, requester)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, noRight(requester, operation, name)));
            return;
        }
        switch (operation) {
            case "CREATE" ->
                settings.read(
                        attributes,
                        AddressSettings.NONE,
                        requester,
                        answer,
                        wished -> queues.create(
                                name, wished, requester.user(), caller, describing(answer, Answer.CREATED, "Created")));
            case "READ" -> queues.describe(name, caller, describing(answer, Answer.OK, "OK"));
            case "UPDATE" -> update(name, attributes, requester, caller, answer);
            case "DELETE" ->
                queues.delete(
                        name, caller, replying(answer, deleted -> new Answer.Draft(Answer.NO_CONTENT, "Deleted")));
            case "LIST-SCHEDULED" ->
                schedule.list(
                        name,
                        text(request, "after"),
                        number(request, "count", Schedule.COUNT_DEFAULT),
                        caller,
                        answer,
                        page -> new Answer.Draft(Answer.OK, "OK", page, null),
                        Answer.Draft::new);
            case "LIST-DEFERRED" ->
                deferred.list(
                        name, text(request, "after"), number(request, "count", Schedule.COUNT_DEFAULT), caller, answer);
            case "RETURN-DEFERRED" -> deferred.giveOut(name, attributes, caller, answer);
            case "CANCEL-SCHEDULED" -> cancelScheduled(name, request, caller, answer);
            case "EXPLAIN-DELIVERY" -> explanations.ofDelivery(name, request, requester, caller, answer);
            case "EXPLAIN-CREDIT" -> explanations.ofCredit(name, request, requester, caller, answer);
            case "REDRIVE" -> sweeps.begin(Kind.REDRIVE, name, request, requester, caller, answer);
            case "MOVE" -> sweeps.begin(Kind.MOVE, name, request, requester, caller, answer);
            case "COPY" -> sweeps.begin(Kind.COPY, name, request, requester, caller, answer);
            default -> {
                if (SweepOperations.isForSome(request)) {
                    sweeps.begin(Kind.PURGE, name, request, requester, caller, answer);
                } else {
                    purge(name, caller, answer);
                }
            }
        }
    }

    /** Who may take messages may have more time for them. */
    private void renewLocks(
            String operation,
            @Nullable String queue,
            AmqpMessage request,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        if (queue == null) {
            answer.accept(bad(operation + " needs the application property 'name', the queue, a string"));
        } else if (!requester.mayReceive(queue)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, noRight(requester, "receive from", queue)));
        } else {
            locks.renew(queue, request, caller, answer);
        }
    }

    private void onRule(
            String type,
            String operation,
            AmqpMessage request,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var attributes = attributes(request);
        if (attributes == null) {
            answer.accept(bad("the body must be a map of attributes, or null"));
            return;
        }
        var name = name(request, attributes);
        if (name == null) {
            answer.accept(bad(operation + " needs the application property 'name'"
                    + (type.equals(EntityType.POLICY) ? ", the pattern of addresses" : "")));
        } else if (type.equals(EntityType.POLICY)) {
            policies.onPolicy(operation, name, attributes, requester, caller, answer);
        } else if (type.equals(EntityType.SWEEP)) {
            sweeps.onSweep(operation, name, requester, caller, answer);
        } else if (type.equals(EntityType.PREPARED)) {
            prepared.onTransaction(operation, name, text(request, "user"), requester, caller, answer);
        } else {
            routing.onRule(type.equals(EntityType.ALIAS), operation, name, attributes, requester, caller, answer);
        }
    }

    private void cancelScheduled(String name, AmqpMessage request, EventLoop caller, Consumer<Answer> answer) {
        var message = text(request, "message");
        if (message == null) {
            answer.accept(bad("CANCEL-SCHEDULED needs the application property 'message', a string: the id of a message"
                    + " that LIST-SCHEDULED told of, or '" + ALL + "'"));
            return;
        }
        schedule.cancel(
                name,
                message.equals(ALL) ? null : message,
                caller,
                answer,
                messages -> new Answer.Draft(Answer.OK, "Cancelled", Map.of("messages", messages), null),
                Answer.Draft::new);
    }

    /** Attributes that are not named keep their values, as the draft has it. */
    private void update(
            String name, Map<?, ?> attributes, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        queues.describe(name, caller, new AdministrationReply<>() {
            @Override
            public void onDone(QueueDescription before) {
                settings.read(
                        attributes,
                        before.settings(),
                        requester,
                        answer,
                        wished -> queues.update(name, wished, caller, describing(answer, Answer.OK, "Updated")));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(statusOf(refusal), description));
            }
        });
    }

    private void purge(String name, EventLoop caller, Consumer<Answer> answer) {
        queues.purge(name, caller, new QueueAdministration.PurgeReply() {
            @Override
            public void onPurged(long messages) {
                answer.accept(new Answer.Draft(Answer.OK, "Purged", Map.of("messages", messages), null));
            }

            @Override
            public void onRefused(AdministrationReply.Refusal refusal, String description) {
                answer.accept(new Answer.Draft(statusOf(refusal), description));
            }
        });
    }

    private static boolean isPermitted(String operation, String name, Requester requester) {
        return switch (operation) {
            case "CREATE" -> requester.mayCreate(name);
            case "DELETE" -> requester.mayDelete(name);
            default -> requester.mayManage(name);
        };
    }

    private void query(AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        var type = text(request, "entityType");
        if (type != null && !EntityType.isKnown(type)) {
            answer.accept(new Answer.Draft(
                    Answer.NOT_FOUND, "there is no type " + Quotation.of(type) + "; GET-TYPES says which are"));
            return;
        }
        var attributes = attributes(request);
        if (attributes == null) {
            answer.accept(bad("the body must be a map with the list 'attributeNames', or null"));
            return;
        }
        var wished = attributes.get("attributeNames");
        List<String> names = wished instanceof List<?> list && !list.isEmpty()
                ? list.stream().map(String::valueOf).toList()
                : EntityType.attributesOf(type);
        if (names.size() > NAMES_MAX) {
            answer.accept(bad("at most " + NAMES_MAX + " attributes can be asked for, not " + names.size()));
            return;
        }
        int offset = number(request, "offset", 0);
        int count = number(request, "count", Integer.MAX_VALUE);
        if (EntityType.POLICY.equals(type)) {
            policies.list(requester, offset, count, caller, found -> answer.accept(rows(names, found)));
            return;
        }
        if (EntityType.SWEEP.equals(type)) {
            sweeps.list(requester, offset, count, caller, found -> answer.accept(rows(names, found)));
            return;
        }
        if (EntityType.PREPARED.equals(type)) {
            prepared.list(requester, offset, count, caller, found -> answer.accept(rows(names, found)));
            return;
        }
        if (type != null && EntityType.isRouting(type)) {
            boolean aliases = type.equals(EntityType.ALIAS);
            routing.list(aliases, requester, offset, count, caller, found -> answer.accept(rows(names, found)));
            return;
        }
        if (type != null && !EntityType.isQueue(type)) {
            answer.accept(rows(names, List.of()));
            return;
        }
        queues.list(requester::mayManage, offset, count, caller, found -> {
            answer.accept(rows(names, found.stream().map(EntityType::describe).toList()));
        });
    }

    private static Answer rows(List<String> names, List<Map<String, Object>> found) {
        var rows = found.stream().map(each -> row(names, each)).toList();
        return new Answer.Draft(Answer.OK, "OK", Map.of("attributeNames", names, "results", rows), rows.size());
    }

    private static List<@Nullable Object> row(List<String> names, Map<String, Object> values) {
        var row = new ArrayList<@Nullable Object>();
        names.forEach(name -> row.add(values.get(name)));
        return row;
    }

    private static Answer found(Map<String, ? extends List<String>> byType) {
        return new Answer.Draft(Answer.OK, "OK", new LinkedHashMap<>(byType), null);
    }

    private static Answer bad(String why) {
        return new Answer.Draft(Answer.BAD_REQUEST, why);
    }

    private static AdministrationReply<QueueDescription> describing(
            Consumer<Answer> answer, int status, String description) {
        return replying(answer, queue -> new Answer.Draft(status, description, EntityType.describe(queue), null));
    }

    static int statusOf(AdministrationReply.Refusal refusal) {
        return switch (refusal) {
            case NOT_FOUND -> Answer.NOT_FOUND;
            case ALREADY_THERE -> Answer.CONFLICT;
            case INVALID -> Answer.BAD_REQUEST;
            case UNAVAILABLE -> Answer.UNAVAILABLE;
        };
    }

    static String noRight(Requester requester, String deed, String name) {
        return "user '" + requester.user() + "' has not the right to " + deed + " '" + name + "'";
    }

    private static @Nullable String name(AmqpMessage request, Map<?, ?> attributes) {
        var name = text(request, "name");
        if (name == null) {
            name = text(request, "identity");
        }
        return name == null && attributes.get("name") instanceof String inBody ? inBody : name;
    }

    private static @Nullable String text(AmqpMessage request, String property) {
        return request.applicationProperties().get(property) instanceof String text ? text : null;
    }

    private static int number(AmqpMessage request, String property, int absent) {
        return request.applicationProperties().get(property) instanceof Number number && number.longValue() >= 0
                ? (int) Math.min(number.longValue(), Integer.MAX_VALUE)
                : absent;
    }

    /** Null when the body is something else. */
    private static @Nullable Map<?, ?> attributes(AmqpMessage request) {
        if (!(request.body() instanceof MessageBody.Value body)) {
            return null;
        }
        if (body.value() == null) {
            return Map.of();
        }
        return body.value() instanceof Map<?, ?> map ? map : null;
    }
}
