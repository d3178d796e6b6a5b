package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replyingInHttp;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.cluster.RoutingAdministration.Description;
import dev.godwit.broker.runtime.EventLoop;
import java.net.URLDecoder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What RabbitMQ's AMQP 1.0 clients ask of exchanges and bindings, in the form of HTTP over AMQP: an exchange is a topic, a
 * binding a route from it. Stateless.
 */
final class ExchangeOperations {
    private static final String EXCHANGES = "/exchanges/";
    private static final String BINDINGS = "/bindings";
    private static final String OF_ONE = BINDINGS + "/";
    private static final String QUERY = BINDINGS + "?";
    private static final Set<String> TYPES = Set.of("direct", "fanout", "topic");

    private final RoutingAdministration routing;
    private final RoutingOperations rules;
    private final QueueAdministration queues;

    ExchangeOperations(RoutingAdministration routing, QueueAdministration queues) {
        this.routing = routing;
        this.rules = new RoutingOperations(routing, queues);
        this.queues = queues;
    }

    static boolean isMeant(String path) {
        return path.startsWith(EXCHANGES) || path.equals(BINDINGS) || path.startsWith(OF_ONE) || path.startsWith(QUERY);
    }

    void onRequest(
            String method,
            String path,
            AmqpMessage request,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        try {
            if (path.startsWith(EXCHANGES)) {
                onExchange(method, path, body(request), requester, caller, answer);
            } else if (method.equals("POST") && path.equals(BINDINGS)) {
                bind(Binding.of(body(request)), requester, caller, answer);
            } else if (method.equals("DELETE") && path.startsWith(OF_ONE)) {
                unbind(Binding.parse(path.substring(OF_ONE.length()), ";"), requester, caller, answer);
            } else if (method.equals("GET") && path.startsWith(QUERY)) {
                find(Binding.parse(path.substring(QUERY.length()), "&"), requester, caller, answer);
            } else {
                answer.accept(text(
                        Answer.NOT_IMPLEMENTED,
                        method + " of " + Quotation.of(path)
                                + " is not known; POST of /bindings makes one, GET and DELETE name it"));
            }
        } catch (IllegalArgumentException wrong) {
            answer.accept(text(Answer.BAD_REQUEST, String.valueOf(wrong.getMessage())));
        }
    }

    private static Map<?, ?> body(AmqpMessage request) {
        if (request.body() instanceof MessageBody.Value value) {
            if (value.value() == null) {
                return Map.of();
            }
            if (value.value() instanceof Map<?, ?> map) {
                return map;
            }
        }
        throw new IllegalArgumentException("the body must be a map, or null");
    }

    private void onExchange(
            String method,
            String path,
            Map<?, ?> body,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var name = URLDecoder.decode(path.substring(EXCHANGES.length()).replace("+", "%2B"), UTF_8);
        var objection = AddressName.objection("an exchange's name", name);
        if (objection != null) {
            throw new IllegalArgumentException(objection);
        }
        if (!method.equals("PUT")) {
            answer.accept(text(
                    Answer.NOT_IMPLEMENTED,
                    method + " is not known for exchanges, which are topics here and stay; PUT makes one"));
        } else if (!requester.mayCreate(name)) {
            answer.accept(text(Answer.FORBIDDEN, EntityOperations.noRight(requester, "create", name)));
        } else {
            requireTopic(body);
            routing.declareTopic(name, requester.user(), caller, new RoutingAdministration.TopicReply() {
                @Override
                public void onThere() {
                    answer.accept(nothing());
                }

                @Override
                public void onRefused(Refusal refusal, String description) {
                    answer.accept(text(EntityOperations.statusOf(refusal), description));
                }
            });
        }
    }

    /** What is asked for must be no more than a topic. */
    private static void requireTopic(Map<?, ?> body) {
        var type = body.get("type");
        if (type != null && !(type instanceof String text && TYPES.contains(text))) {
            throw new IllegalArgumentException(
                    "an exchange may be of the type direct, fanout or topic, not " + Quotation.of(type));
        }
        if (Boolean.FALSE.equals(body.get("durable"))
                || Boolean.TRUE.equals(body.get("auto_delete"))
                || Boolean.TRUE.equals(body.get("internal"))) {
            throw new IllegalArgumentException(
                    "exchanges are topics here, which are durable, and neither auto_delete nor internal");
        }
        if (body.get("arguments") instanceof Map<?, ?> arguments && !arguments.isEmpty()) {
            throw new IllegalArgumentException(
                    "exchanges have no arguments here: leave " + Quotation.of(arguments) + " out");
        }
    }

    private void bind(Binding binding, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        var route = binding.route();
        var objection = rules.objection(route, requester);
        if (objection != null) {
            answer.accept(text(objection.status(), objection.description()));
            return;
        }
        for (var needed : List.of(binding.source(), binding.destination())) {
            if (!queues.isThere(needed)) {
                answer.accept(text(
                        Answer.NOT_FOUND,
                        "there is no queue or exchange " + Quotation.of(needed) + ": declare it first"));
                return;
            }
        }
        routing.create(route, requester.user(), caller, new AdministrationReply<>() {
            @Override
            public void onDone(Description made) {
                answer.accept(nothing());
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                if (refusal == Refusal.ALREADY_THERE) {
                    // Bound again.
                    describe(route, caller, answer, there -> same(there, route));
                } else {
                    answer.accept(text(EntityOperations.statusOf(refusal), description));
                }
            }
        });
    }

    private static Answer same(Description there, Forward route) {
        return there.rule().equals(route)
                ? nothing()
                : text(
                        Answer.CONFLICT,
                        "the route '" + route.name() + "' has been changed since it was bound: delete it first");
    }

    private void unbind(Binding binding, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        if (!requester.mayManage(binding.source())) {
            answer.accept(text(Answer.FORBIDDEN, EntityOperations.noRight(requester, "manage", binding.source())));
            return;
        }
        var name = binding.name();
        routing.describe(false, name, caller, new AdministrationReply<>() {
            @Override
            public void onDone(Description found) {
                if (!found.rule().from().equals(binding.source())) {
                    answer.accept(
                            text(Answer.CONFLICT, "the route '" + name + "' has been changed since it was bound"));
                    return;
                }
                routing.delete(found.rule(), caller, replyingInHttp(answer, gone -> nothing()));
            }

            /** What is not there need not be unbound. */
            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(
                        refusal == Refusal.NOT_FOUND
                                ? nothing()
                                : text(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** The one that is named, if it is there. */
    private void find(Binding binding, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        if (!requester.mayManage(binding.source())) {
            answer.accept(text(Answer.FORBIDDEN, EntityOperations.noRight(requester, "see", binding.source())));
            return;
        }
        routing.describe(false, binding.name(), caller, new AdministrationReply<>() {
            @Override
            public void onDone(Description found) {
                answer.accept(new Answer.Http(Answer.OK, List.of(binding.describe(OF_ONE))));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(
                        refusal == Refusal.NOT_FOUND
                                ? new Answer.Http(Answer.OK, List.of())
                                : text(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    private void describe(
            Forward route, EventLoop caller, Consumer<Answer> answer, Function<Description, Answer> done) {
        routing.describe(false, route.name(), caller, replyingInHttp(answer, done));
    }

    private static Answer nothing() {
        return new Answer.Http(Answer.NO_CONTENT, null);
    }

    private static Answer text(int status, @Nullable String explanation) {
        return new Answer.Http(status, explanation);
    }
}
