package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replying;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.cluster.RoutingAdministration.Description;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the AMQP management draft's operations do with aliases and routes. Whoever touches one needs the right to manage the
 * address where it begins (for an alias its name), and, since it brings messages elsewhere, to receive from it. The broker
 * sends along it with its own rights; so whoever says where it leads needs the right to send there, and to create that when
 * it is not there. Rights are for addresses: a route that begins at a pattern of them is for the configuration alone.
 * Stateless.
 */
final class RoutingOperations {
    static final List<String> ALIAS_ATTRIBUTES = List.of("name", "identity", "type", "to", "stored");
    static final List<String> ROUTE_ATTRIBUTES =
            List.of("name", "identity", "type", "from", "to", "filter", "exclusive", "stored");

    /** Attributes that a request may name although it cannot choose them. */
    private static final Set<String> NOT_TO_BE_SET = Set.of("name", "identity", "type", "stored");

    private final RoutingAdministration routing;
    private final QueueAdministration queues;

    RoutingOperations(RoutingAdministration routing, QueueAdministration queues) {
        this.routing = routing;
        this.queues = queues;
    }

    void onRule(
            boolean alias,
            String operation,
            String name,
            Map<?, ?> attributes,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var misnamed = AddressName.objection(alias ? "an alias" : "a route's name", name);
        if (misnamed != null) {
            answer.accept(bad(misnamed));
            return;
        }
        switch (operation) {
            case "CREATE" -> create(alias, name, attributes, requester, caller, answer);
            case "READ" ->
                withPermitted(
                        alias,
                        operation,
                        name,
                        requester,
                        caller,
                        answer,
                        found -> answer.accept(described(Answer.OK, "OK", found)));
            case "UPDATE" ->
                withPermitted(
                        alias,
                        operation,
                        name,
                        requester,
                        caller,
                        answer,
                        found -> update(found.rule(), attributes, requester, caller, answer));
            case "DELETE" ->
                withPermitted(
                        alias,
                        operation,
                        name,
                        requester,
                        caller,
                        answer,
                        found -> routing.delete(
                                found.rule(),
                                caller,
                                replying(answer, gone -> new Answer.Draft(Answer.NO_CONTENT, "Deleted"))));
            default -> {
                var type = alias ? EntityType.ALIAS : EntityType.ROUTE;
                answer.accept(new Answer.Draft(Answer.NOT_IMPLEMENTED, operation + " is not known for " + type));
            }
        }
    }

    private void create(
            boolean alias,
            String name,
            Map<?, ?> attributes,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        RoutingRule blank = alias ? new Alias(name, "") : new Forward(name, "", "", null, false);
        withWished(
                blank,
                attributes,
                requester,
                answer,
                wished -> routing.create(
                        wished,
                        requester.user(),
                        caller,
                        replying(answer, made -> described(Answer.CREATED, "Created", made))));
    }

    /** Attributes that are not named keep their values, as the draft has it. */
    private void update(
            RoutingRule before, Map<?, ?> attributes, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        withWished(
                before,
                attributes,
                requester,
                answer,
                wished -> routing.update(
                        wished,
                        requester.user(),
                        caller,
                        replying(answer, made -> described(Answer.OK, "Updated", made))));
    }

    /** Passes on what is asked for, or answers why it cannot be had. */
    private void withWished(
            RoutingRule before,
            Map<?, ?> attributes,
            Requester requester,
            Consumer<Answer> answer,
            Consumer<RoutingRule> then) {
        RoutingRule wished;
        try {
            wished = wished(before, attributes);
        } catch (IllegalArgumentException wrong) {
            answer.accept(bad(String.valueOf(wrong.getMessage())));
            return;
        }
        var objection = objection(wished, requester);
        if (objection == null) {
            then.accept(wished);
        } else {
            answer.accept(objection);
        }
    }

    /** Why somebody cannot have a rule, whatever others there are; null when nothing speaks against it. */
    Answer.@Nullable Draft objection(RoutingRule wished, Requester requester) {
        var objection = wished.objection();
        if (objection != null) {
            return bad(objection);
        }
        boolean route = wished instanceof Forward;
        if (route && TopicPattern.isPattern(wished.from())) {
            return bad(
                    "the route begins at " + Quotation.of(wished.from()) + ", which is a pattern: nobody can have the"
                            + " rights for all topics that it may match. Name one address, or write the route into the"
                            + " configuration (routing.routes)");
        }
        if (!requester.mayManage(wished.from())) {
            return forbidden(requester, "manage", wished.from());
        }
        if (route && !requester.mayReceive(wished.from())) {
            return forbidden(requester, "receive from", wished.from());
        }
        if (!requester.maySend(wished.to())) {
            return forbidden(requester, "send to", wished.to());
        }
        return queues.isThere(wished.to()) || requester.mayCreate(wished.to())
                ? null
                : forbidden(requester, "create", wished.to());
    }

    private static RoutingRule wished(RoutingRule before, Map<?, ?> attributes) {
        var wished = before;
        for (var attribute : attributes.entrySet()) {
            var name = String.valueOf(attribute.getKey());
            if (!NOT_TO_BE_SET.contains(name)) {
                wished = wished instanceof Forward forward
                        ? with(forward, name, attribute.getValue())
                        : with((Alias) wished, name, attribute.getValue());
            }
        }
        return wished;
    }

    private static Alias with(Alias alias, String attribute, @Nullable Object value) {
        if (attribute.equals("to")) {
            return new Alias(alias.name(), text(attribute, value));
        }
        throw new IllegalArgumentException(
                "the attribute " + Quotation.of(attribute) + " cannot be set; to (an address) can");
    }

    private static Forward with(Forward forward, String attribute, @Nullable Object value) {
        return switch (attribute) {
            case "from" ->
                new Forward(
                        forward.name(), text(attribute, value), forward.to(), forward.filter(), forward.exclusive());
            case "to" ->
                new Forward(
                        forward.name(), forward.from(), text(attribute, value), forward.filter(), forward.exclusive());
            case "filter" ->
                new Forward(
                        forward.name(),
                        forward.from(),
                        forward.to(),
                        value == null || "".equals(value) ? null : text(attribute, value),
                        forward.exclusive());
            case "exclusive" ->
                new Forward(forward.name(), forward.from(), forward.to(), forward.filter(), truth(attribute, value));
            default ->
                throw new IllegalArgumentException(
                        "the attribute " + Quotation.of(attribute) + " cannot be set; from (an"
                                + " address), to (an address), filter (a selector) and exclusive (true or"
                                + " false) can");
        };
    }

    private static String text(String attribute, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(
                "the attribute '" + attribute + "' is to be a string, not " + Quotation.of(value));
    }

    private static boolean truth(String attribute, @Nullable Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw new IllegalArgumentException(
                "the attribute '" + attribute + "' is to be true or false, not " + Quotation.of(value));
    }

    /** Passes on what is there, if the user may have to do with it. */
    private void withPermitted(
            boolean alias,
            String operation,
            String name,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer,
            Consumer<Description> then) {
        routing.describe(alias, name, caller, new AdministrationReply<>() {
            @Override
            public void onDone(Description found) {
                if (requester.mayManage(found.rule().from())) {
                    then.accept(found);
                } else {
                    answer.accept(forbidden(requester, operation, found.rule().from()));
                }
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** Those that the user may manage. */
    void list(
            boolean aliases,
            Requester requester,
            int offset,
            int count,
            EventLoop caller,
            Consumer<List<Map<String, Object>>> told) {
        routing.list(
                aliases,
                caller,
                all -> told.accept(all.stream()
                        .filter(each -> requester.mayManage(each.rule().from()))
                        .skip(offset)
                        .limit(count)
                        .map(RoutingOperations::describe)
                        .toList()));
    }

    private static Map<String, Object> describe(Description found) {
        var rule = found.rule();
        var values = new LinkedHashMap<String, Object>();
        values.put("name", rule.name());
        values.put("identity", rule.name());
        values.put("type", rule instanceof Alias ? EntityType.ALIAS : EntityType.ROUTE);
        if (rule instanceof Forward forward) {
            values.put("from", forward.from());
            values.put("exclusive", forward.exclusive());
            if (forward.filter() != null) {
                values.put("filter", forward.filter());
            }
        }
        values.put("to", rule.to());
        values.put("stored", found.stored());
        return values;
    }

    private static Answer described(int status, String description, Description rule) {
        return new Answer.Draft(status, description, describe(rule), null);
    }

    private static Answer.Draft bad(String why) {
        return new Answer.Draft(Answer.BAD_REQUEST, why);
    }

    private static Answer.Draft forbidden(Requester requester, String deed, String address) {
        return new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, deed, address));
    }
}
