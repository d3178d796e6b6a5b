package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replying;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.QueueSweeps;
import dev.godwit.broker.cluster.QueueSweeps.Description;
import dev.godwit.broker.cluster.QueueSweeps.Kind;
import dev.godwit.broker.cluster.QueueSweeps.Order;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the AMQP management draft's operations do with sweeps. Whoever begins one, looks at one or ends one needs the right to
 * manage the queue; to bring messages elsewhere, also to receive from it, and to send to where they go. Stateless.
 */
final class SweepOperations {
    static final List<String> ATTRIBUTES = List.of(
            "name",
            "identity",
            "type",
            "queue",
            "operation",
            "filter",
            "to",
            "limit",
            "rate",
            "dryRun",
            "user",
            "began",
            "state",
            "done",
            "stayed",
            "origins");

    private static final long RATE_MAX = 1_000_000;

    private final QueueSweeps sweeps;
    private final QueueAdministration queues;

    SweepOperations(QueueSweeps sweeps, QueueAdministration queues) {
        this.sweeps = sweeps;
        this.queues = queues;
    }

    /** True when a request to purge a queue is not for all that is in it, or asks for anything else that a sweep can do. */
    static boolean isForSome(AmqpMessage request) {
        var properties = request.applicationProperties();
        return properties.containsKey("filter")
                || properties.containsKey("limit")
                || properties.containsKey("rate")
                || properties.containsKey("dryRun");
    }

    /** Begins one; whoever asks may manage the queue. */
    void begin(
            Kind kind,
            String queue,
            AmqpMessage request,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        Order order;
        try {
            order = order(kind, queue, request);
        } catch (IllegalArgumentException wrong) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, String.valueOf(wrong.getMessage())));
            return;
        }
        var to = order.to();
        if (kind != Kind.PURGE && !requester.mayReceive(queue)) {
            answer.accept(forbidden(requester, "receive from", queue));
        } else if (to != null && !requester.maySend(to)) {
            answer.accept(forbidden(requester, "send to", to));
        } else if (to != null && !queues.isThere(to) && !requester.mayCreate(to)) {
            answer.accept(forbidden(requester, "create", to));
        } else {
            boolean wait = order.dryRun() || kind == Kind.PURGE;
            sweeps.begin(
                    order,
                    requester.user(),
                    requester.sendable(),
                    wait,
                    caller,
                    replying(answer, sweep -> begun(kind, sweep)));
        }
    }

    private static Answer begun(Kind kind, Description sweep) {
        return switch (sweep.progress().state()) {
            case RUNNING -> new Answer.Draft(Answer.ACCEPTED, "Begun", describe(sweep), null);
            default -> {
                var body = describe(sweep);
                if (kind == Kind.PURGE) {
                    body.put("messages", sweep.progress().done());
                }
                yield new Answer.Draft(Answer.OK, "Done", body, null);
            }
        };
    }

    private static Order order(Kind kind, String queue, AmqpMessage request) {
        var to = text(request, "to");
        boolean needsTo = kind == Kind.MOVE || kind == Kind.COPY;
        if (needsTo && to == null) {
            throw new IllegalArgumentException(
                    kind + " needs the application property 'to', a string: the address to which messages go");
        }
        if (kind == Kind.PURGE && to != null) {
            throw new IllegalArgumentException("what is purged goes nowhere: leave 'to' out");
        }
        var objection = to == null ? null : AddressName.objection("the address to which messages go", to);
        if (objection != null) {
            throw new IllegalArgumentException(objection);
        }
        var dryRun = request.applicationProperties().get("dryRun");
        if (dryRun != null && !(dryRun instanceof Boolean)) {
            throw new IllegalArgumentException(
                    "the application property 'dryRun' is to be true or false, not " + Quotation.of(dryRun));
        }
        return new Order(
                queue,
                kind,
                text(request, "filter"),
                to,
                number(request, "limit", Long.MAX_VALUE, Long.MAX_VALUE),
                number(request, "rate", RATE_MAX, 0),
                Boolean.TRUE.equals(dryRun));
    }

    /** Null when it is not there. */
    private static @Nullable String text(AmqpMessage request, String property) {
        var value = request.applicationProperties().get(property);
        if (value == null || "".equals(value)) {
            return null;
        }
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(
                "the application property '" + property + "' is to be a string, not " + Quotation.of(value));
    }

    private static long number(AmqpMessage request, String property, long max, long absent) {
        var value = request.applicationProperties().get(property);
        if (value == null) {
            return absent;
        }
        if (value instanceof Number number
                && !(value instanceof Double)
                && !(value instanceof Float)
                && number.longValue() >= 1
                && number.longValue() <= max) {
            return number.longValue();
        }
        throw new IllegalArgumentException("the application property '" + property + "' is to be a whole number from 1"
                + (max == Long.MAX_VALUE ? "" : " to " + max) + ", not " + Quotation.of(value));
    }

    /** Tells of one, or ends one. */
    void onSweep(String operation, String id, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        switch (operation) {
            case "READ" ->
                withPermitted(
                        operation,
                        id,
                        requester,
                        caller,
                        answer,
                        found -> answer.accept(new Answer.Draft(Answer.OK, "OK", describe(found), null)));
            case "DELETE" ->
                withPermitted(
                        operation,
                        id,
                        requester,
                        caller,
                        answer,
                        found -> sweeps.cancel(
                                id, caller, replying(answer, ending -> new Answer.Draft(Answer.NO_CONTENT, "Ended"))));
            default ->
                answer.accept(new Answer.Draft(
                        Answer.NOT_IMPLEMENTED,
                        operation + " is not known for " + EntityType.SWEEP + "; a sweep begins with"
                                + " REDRIVE, MOVE, COPY or PURGE of a queue"));
        }
    }

    private void withPermitted(
            String operation,
            String id,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer,
            Consumer<Description> then) {
        sweeps.describe(id, caller, new AdministrationReply<>() {
            @Override
            public void onDone(Description found) {
                if (requester.mayManage(found.order().queue())) {
                    then.accept(found);
                } else {
                    answer.accept(forbidden(requester, operation, found.order().queue()));
                }
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** Those of queues that the user may manage. */
    void list(Requester requester, int offset, int count, EventLoop caller, Consumer<List<Map<String, Object>>> told) {
        sweeps.list(
                caller,
                all -> told.accept(all.stream()
                        .filter(each -> requester.mayManage(each.order().queue()))
                        .skip(offset)
                        .limit(count)
                        .map(SweepOperations::describe)
                        .toList()));
    }

    static Map<String, Object> describe(Description sweep) {
        var order = sweep.order();
        var values = new LinkedHashMap<String, Object>();
        values.put("name", sweep.id());
        values.put("identity", sweep.id());
        values.put("type", EntityType.SWEEP);
        values.put("queue", order.queue());
        values.put("operation", order.kind().name());
        if (order.filter() != null) {
            values.put("filter", order.filter());
        }
        if (order.to() != null) {
            values.put("to", order.to());
        }
        if (order.limit() != Long.MAX_VALUE) {
            values.put("limit", order.limit());
        }
        if (order.perSecond() > 0) {
            values.put("rate", order.perSecond());
        }
        values.put("dryRun", order.dryRun());
        values.put("user", sweep.user());
        values.put("began", Instant.ofEpochMilli(sweep.beganAtMillis()));
        values.put(
                "state",
                sweep.progress().state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        values.put("done", sweep.progress().done());
        values.put("stayed", sweep.progress().stayed());
        values.put("origins", sweep.origins());
        return values;
    }

    private static Answer forbidden(Requester requester, String deed, String address) {
        return new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, deed, address));
    }
}
