package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replyingInHttp;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.QueueDescription;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.EventLoop;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests in the form of HTTP over AMQP: the method in the subject, the path in {@code to}. What RabbitMQ's AMQP 1.0
 * clients ask of queues is answered here. Stateless.
 */
final class HttpOperations {
    private static final Set<String> METHODS = Set.of("GET", "PUT", "POST", "DELETE");
    private static final String QUEUES = "/queues/";
    private static final String MESSAGES = "/messages";
    private static final String SCHEDULED = "/scheduled";
    private static final String AFTER = "after=";
    private static final String COUNT = "count=";
    private static final String QUEUE_TYPE = "x-queue-type";
    private static final String DEFAULT_QUEUE_TYPE = "classic";

    /** So many failures are allowed at most: one attempt more is the last, and counted in an int. */
    private static final long DELIVERY_LIMIT_MAX = Integer.MAX_VALUE - 1L;

    private final QueueAdministration queues;
    private final DeadLetterRule deadLetters;
    private final Schedule schedule;
    private final ExchangeOperations exchanges;

    HttpOperations(QueueAdministration queues, RoutingAdministration routing) {
        this.queues = queues;
        this.exchanges = new ExchangeOperations(routing, queues);
        this.deadLetters = new DeadLetterRule(queues);
        this.schedule = new Schedule(queues);
    }

    static boolean isMeant(AmqpMessage request) {
        var properties = request.properties();
        return properties.subject() != null
                && METHODS.contains(properties.subject())
                && properties.to() != null
                && properties.to().startsWith("/");
    }

    void onRequest(AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        var method = String.valueOf(request.properties().subject());
        var path = String.valueOf(request.properties().to());
        if (ExchangeOperations.isMeant(path)) {
            exchanges.onRequest(method, path, request, requester, caller, answer);
            return;
        }
        if (!path.startsWith(QUEUES)) {
            answer.accept(text(
                    Answer.NOT_IMPLEMENTED,
                    method + " of " + Quotation.of(path)
                            + ": this broker has queues, exchanges and bindings here, no tokens"));
            return;
        }
        int scheduled = scheduledAt(path);
        if (scheduled >= 0) {
            onScheduled(method, path, scheduled, requester, caller, answer);
            return;
        }
        boolean messages = path.endsWith(MESSAGES);
        var queue = decoded(path.substring(QUEUES.length(), path.length() - (messages ? MESSAGES.length() : 0)));
        var objection = queue == null
                ? "the name in " + Quotation.of(path) + " is not percent-encoded as it should be"
                : AddressName.objection("a queue's name", queue);
        if (queue == null || objection != null) {
            answer.accept(text(Answer.BAD_REQUEST, String.valueOf(objection)));
        } else if (messages && method.equals("DELETE")) {
            purge(queue, requester, caller, answer);
        } else if (messages) {
            answer.accept(text(Answer.NOT_IMPLEMENTED, method + " is not known for messages; DELETE removes them"));
        } else {
            onQueue(method, queue, request, requester, caller, answer);
        }
    }

    /**
     * Where {@code /scheduled} begins behind the name of a queue, in which a slash is percent-encoded; -1 when the path means
     * something else.
     */
    static int scheduledAt(String path) {
        int slash = path.indexOf('/', QUEUES.length());
        if (slash < 0 || !path.startsWith(SCHEDULED, slash)) {
            return -1;
        }
        int behind = slash + SCHEDULED.length();
        return behind == path.length() || path.charAt(behind) == '/' || path.charAt(behind) == '?' ? slash : -1;
    }

    /** {@code /queues/{name}/scheduled}, with {@code ?count=…&after=…}, or with {@code /{id}}. */
    private void onScheduled(
            String method, String path, int at, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        var queue = decoded(path.substring(QUEUES.length(), at));
        var rest = path.substring(at + SCHEDULED.length());
        boolean ofOne = rest.startsWith("/");
        var objection = queue == null
                ? "the name in " + Quotation.of(path) + " is not percent-encoded as it should be"
                : AddressName.objection("a queue's name", queue);
        if (queue == null || objection != null) {
            answer.accept(text(Answer.BAD_REQUEST, String.valueOf(objection)));
        } else if (!requester.mayManage(queue)) {
            answer.accept(forbidden(requester, method.equals("DELETE") ? "cancel messages of" : "see", queue));
        } else if (method.equals("GET") && (rest.isEmpty() || rest.startsWith("?"))) {
            listScheduled(queue, rest, caller, answer);
        } else if (method.equals("DELETE") && (ofOne || rest.isEmpty())) {
            schedule.cancel(
                    queue,
                    ofOne ? rest.substring(1) : null,
                    caller,
                    answer,
                    messages -> new Answer.Http(Answer.OK, Map.of("message_count", messages)),
                    HttpOperations::text);
        } else {
            answer.accept(text(
                    Answer.NOT_IMPLEMENTED,
                    method + " of " + Quotation.of(path)
                            + " is not known; GET lists what is scheduled, DELETE cancels it"));
        }
    }

    private void listScheduled(String queue, String query, EventLoop caller, Consumer<Answer> answer) {
        String after = null;
        int count = Schedule.COUNT_DEFAULT;
        for (var parameter :
                query.isEmpty() ? new String[0] : query.substring(1).split("&", -1)) {
            if (parameter.startsWith(AFTER)) {
                after = parameter.substring(AFTER.length());
            } else if (parameter.matches(COUNT + "[0-9]{1,9}")) {
                count = Integer.parseInt(parameter.substring(COUNT.length()));
            } else {
                answer.accept(text(
                        Answer.BAD_REQUEST,
                        "the parameter " + Quotation.of(parameter)
                                + " is not known; 'count', a number, and 'after' are"));
                return;
            }
        }
        schedule.list(
                queue, after, count, caller, answer, page -> new Answer.Http(Answer.OK, page), HttpOperations::text);
    }

    private void onQueue(
            String method,
            String queue,
            AmqpMessage request,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        switch (method) {
            case "GET" -> {
                if (requester.mayManage(queue)) {
                    queues.describe(
                            queue, caller, replyingInHttp(answer, found -> new Answer.Http(Answer.OK, info(found))));
                } else {
                    answer.accept(forbidden(requester, "see", queue));
                }
            }
            case "PUT" -> declare(queue, request, requester, caller, answer);
            case "DELETE" -> {
                if (requester.mayDelete(queue)) {
                    queues.delete(
                            queue,
                            caller,
                            replyingInHttp(
                                    answer,
                                    gone -> new Answer.Http(Answer.OK, Map.of("message_count", gone.messages()))));
                } else {
                    answer.accept(forbidden(requester, "delete", queue));
                }
            }
            default -> answer.accept(text(Answer.NOT_IMPLEMENTED, method + " is not known for queues"));
        }
    }

    private void purge(String queue, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        if (!requester.mayManage(queue)) {
            answer.accept(forbidden(requester, "purge", queue));
            return;
        }
        queues.purge(queue, caller, new QueueAdministration.PurgeReply() {
            @Override
            public void onPurged(long messages) {
                answer.accept(new Answer.Http(Answer.OK, Map.of("message_count", messages)));
            }

            @Override
            public void onRefused(AdministrationReply.Refusal refusal, String description) {
                answer.accept(text(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    private void declare(
            String queue, AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        AddressSettings wished;
        try {
            wished = settings(request.body());
        } catch (IllegalArgumentException unknown) {
            answer.accept(text(Answer.BAD_REQUEST, String.valueOf(unknown.getMessage())));
            return;
        }
        if (!requester.mayCreate(queue)) {
            answer.accept(forbidden(requester, "create", queue));
            return;
        }
        var objection = deadLetters.objection(wished, requester);
        if (objection != null) {
            answer.accept(text(objection.status(), objection.description()));
            return;
        }
        queues.create(queue, wished, requester.user(), caller, new AdministrationReply<>() {
            @Override
            public void onDone(QueueDescription made) {
                answer.accept(new Answer.Http(Answer.CREATED, info(made)));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                if (refusal == Refusal.ALREADY_THERE) {
                    queues.describe(queue, caller, replyingInHttp(answer, there -> same(there, wished)));
                } else {
                    answer.accept(text(EntityOperations.statusOf(refusal), description));
                }
            }
        });
    }

    /** Declared again: all right as long as it is the same. */
    private static Answer same(QueueDescription there, AddressSettings wished) {
        return there.settings().equals(wished) && there.durable()
                ? new Answer.Http(Answer.OK, info(there))
                : text(
                        Answer.CONFLICT,
                        "queue '" + there.name() + "' is there with other settings: " + there.settings()
                                + "; delete it first, or declare it with these");
    }

    private static AddressSettings settings(MessageBody body) {
        if (!(body instanceof MessageBody.Value value)) {
            throw new IllegalArgumentException("the body must be a map, or null");
        }
        var declaration = value.value() == null ? Map.of() : value.value();
        if (!(declaration instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("the body must be a map, or null");
        }
        if (Boolean.FALSE.equals(map.get("durable"))) {
            throw new IllegalArgumentException("queues that are declared are durable; a temporary one is made by"
                    + " attaching to a dynamic source");
        }
        if (Boolean.TRUE.equals(map.get("exclusive")) || Boolean.TRUE.equals(map.get("auto_delete"))) {
            throw new IllegalArgumentException("exclusive and auto_delete are not to be had for a queue that is"
                    + " declared; attach to a dynamic source");
        }
        var arguments = map.get("arguments");
        return arguments instanceof Map<?, ?> some ? ofArguments(some) : AddressSettings.NONE;
    }

    private static AddressSettings ofArguments(Map<?, ?> arguments) {
        var settings = AddressSettings.NONE;
        for (var argument : arguments.entrySet()) {
            var name = String.valueOf(argument.getKey());
            var value = argument.getValue();
            if (name.equals("x-delivery-limit") && value instanceof Number limit) {
                settings = settings.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, attempts(limit));
            } else if (name.equals("x-dead-letter-routing-key") && value instanceof String address) {
                settings = settings.with(AddressSetting.DEAD_LETTER_ADDRESS, address);
            } else if (!isWithoutEffect(name, value)) {
                throw new IllegalArgumentException(
                        "the argument " + Quotation.of(name) + " = " + Quotation.of(value) + " is not known here");
            }
        }
        return settings;
    }

    /** There it is how many failures are allowed, -1 for any number; here which one is the last, 0 for none. */
    private static long attempts(Number limit) {
        long failures = limit.longValue();
        if (failures < -1 || failures > DELIVERY_LIMIT_MAX) {
            throw new IllegalArgumentException(
                    "x-delivery-limit may be -1, for no limit, to " + DELIVERY_LIMIT_MAX + ", not " + failures);
        }
        return failures + 1;
    }

    private static boolean isWithoutEffect(String name, @Nullable Object value) {
        return (name.equals(QUEUE_TYPE) && (DEFAULT_QUEUE_TYPE.equals(value) || "quorum".equals(value)))
                || (name.equals("x-dead-letter-exchange") && "".equals(value));
    }

    private static Map<String, Object> info(QueueDescription queue) {
        var info = new LinkedHashMap<String, Object>();
        info.put("name", queue.name());
        info.put("vhost", "/");
        info.put("durable", queue.durable());
        info.put("auto_delete", false);
        info.put("exclusive", !queue.durable());
        info.put("type", DEFAULT_QUEUE_TYPE);
        info.put("arguments", arguments(queue.settings()));
        info.put("message_count", queue.messages());
        info.put("consumer_count", (long) queue.statistics().consumers());
        return info;
    }

    private static Map<String, Object> arguments(AddressSettings settings) {
        var arguments = new LinkedHashMap<String, Object>();
        var attemptsMax = settings.find(AddressSetting.DELIVERY_ATTEMPTS_MAX);
        if (attemptsMax != null) {
            arguments.put("x-delivery-limit", attemptsMax - 1);
        }
        var deadLetters = settings.find(AddressSetting.DEAD_LETTER_ADDRESS);
        if (deadLetters != null) {
            arguments.put("x-dead-letter-exchange", "");
            arguments.put("x-dead-letter-routing-key", deadLetters);
        }
        return arguments;
    }

    private static Answer forbidden(Requester requester, String deed, String queue) {
        return text(Answer.FORBIDDEN, EntityOperations.noRight(requester, deed, queue));
    }

    private static Answer text(int status, String explanation) {
        return new Answer.Http(status, explanation);
    }

    private static @Nullable String decoded(String segment) {
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }
}
