package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRules;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows, stores and removes aliases and routes, while the broker runs. A stored one is a definition in the catalog, so it is
 * there after a restart; those of the configuration are shown, and cannot be changed. Any loop may ask, and hears the answer
 * there; the work is done on the control loop. Whether somebody may ask is not asked here.
 */
public final class RoutingAdministration {
    private static final Logger log = LoggerFactory.getLogger(RoutingAdministration.class);

    /** Nothing lives in a rule, but each definition has a shard. */
    private static final int SHARD = 1;

    private final EventLoop control;
    private final Catalog catalog;
    private final LocalPlacement placement;
    private final LocalRouting routing;
    private final Set<RoutingRule> configured = new HashSet<>();

    /** Those in force, and those that are being stored. */
    private final RoutingRules planned;

    public RoutingAdministration(EventLoop control, Catalog catalog, LocalPlacement placement) {
        this.control = control;
        this.catalog = catalog;
        this.placement = placement;
        this.routing = placement.routing();
        this.planned = routing.newRules();
    }

    /**
     * What an operator sees of an alias or a route. Immutable.
     *
     * @param stored false for one of the configuration
     */
    public record Description(RoutingRule rule, boolean stored) {}

    /** How the declaration of a topic ended. Exactly one of the two is called, once, on the loop that asked. */
    public interface TopicReply {
        void onThere();

        void onRefused(Refusal refusal, String description);
    }

    /**
     * Before clients come: takes in what was configured and what was stored. Of two that contradict each other the
     * configured one holds. Control loop.
     *
     * @return what is wrong with the configured ones; null when nothing is
     */
    public @Nullable String restore(List<RoutingRule> fromConfiguration) {
        control.assertCurrent();
        for (var rule : fromConfiguration) {
            var objection = find(rule) == null ? objection(rule) : "there are two of the name '" + rule.name() + "'";
            if (objection != null) {
                return objection;
            }
            configured.add(rule);
            planned.put(rule);
        }
        catalog.definitions().stream()
                .filter(QueueDefinition::definesRouting)
                .sorted(Comparator.comparingLong(QueueDefinition::queueId))
                .map(StoredRouting::of)
                .forEach(this::restoreStored);
        var all = new ArrayList<RoutingRule>(planned.aliases());
        all.addAll(planned.forwards());
        routing.putAll(all);
        placement.publish();
        return null;
    }

    private void restoreStored(RoutingRule rule) {
        var objection = find(rule) == null ? objection(rule) : "the configuration has one of that name";
        if (objection == null) {
            planned.put(rule);
        } else {
            log.error("{} is stored and does not hold: {}", StoredRouting.nameOf(rule), objection);
        }
    }

    /** Those of the kind that is asked for, in the order of their names. */
    public void list(boolean aliases, EventLoop caller, Consumer<List<Description>> told) {
        control.execute(() -> {
            var rules = routing.rules();
            Stream<? extends RoutingRule> all = aliases ? rules.aliases().stream() : rules.forwards().stream();
            var found = all.sorted(Comparator.comparing(RoutingRule::name))
                    .map(this::describe)
                    .toList();
            caller.execute(() -> told.accept(found));
        });
    }

    public void describe(boolean alias, String name, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var rules = routing.rules();
            var found = alias ? rules.alias(name) : rules.forward(name);
            if (found == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, notThere(alias, name));
            } else {
                caller.execute(() -> reply.onDone(describe(found)));
            }
        });
    }

    /** Stores one that is not there yet. It holds when the reply comes; where it leads is made when it is not there. */
    public void create(RoutingRule rule, String creator, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var objection = objection(rule);
            if (find(rule) != null) {
                refuse(
                        caller,
                        reply,
                        Refusal.ALREADY_THERE,
                        "there is " + word(rule) + " '" + rule.name() + "' already");
            } else if (objection != null) {
                refuse(caller, reply, Refusal.INVALID, objection);
            } else {
                planned.put(rule);
                reach(rule, creator, caller, reply, null, answer -> {
                    catalog.define(StoredRouting.nameOf(rule), SHARD, creator, StoredRouting.settings(rule), answer);
                });
            }
        });
    }

    /** Replaces a stored one. The new one holds when the reply comes. */
    public void update(RoutingRule rule, String user, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var before = find(rule);
            if (before == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, notThere(rule instanceof Alias, rule.name()));
                return;
            }
            if (configured.contains(before)) {
                refuse(caller, reply, Refusal.INVALID, isConfigured(before));
                return;
            }
            var objection = objection(rule);
            if (objection != null) {
                refuse(caller, reply, Refusal.INVALID, objection);
                return;
            }
            planned.put(rule);
            reach(rule, user, caller, reply, before, answer -> {
                catalog.update(StoredRouting.nameOf(rule), StoredRouting.settings(rule), answer);
            });
        });
    }

    /** Removes a stored one. It holds no more when the reply comes. */
    public void delete(RoutingRule rule, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var known = find(rule);
            if (known == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, notThere(rule instanceof Alias, rule.name()));
            } else if (configured.contains(known)) {
                refuse(caller, reply, Refusal.INVALID, isConfigured(known));
            } else {
                catalog.remove(StoredRouting.nameOf(known), new Catalog.DefineReply() {
                    @Override
                    public void onDefined(QueueDefinition definition) {
                        planned.remove(known);
                        routing.remove(known, () -> tellPublished(known, caller, reply));
                    }

                    @Override
                    public void onFailed(String reason) {
                        refuse(caller, reply, Refusal.UNAVAILABLE, reason);
                    }
                });
            }
        });
    }

    /** Makes a topic where there is none. */
    public void declareTopic(String name, String creator, EventLoop caller, TopicReply reply) {
        if (placement.isReserved(name)) {
            caller.execute(() -> reply.onRefused(Refusal.INVALID, isReserved(name)));
            return;
        }
        placement.declare(name, NodeKind.TOPIC, creator, caller, new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                reply.onRefused(AdministrationReply.Refusal.ALREADY_THERE, "'" + name + "' is a queue");
            }

            @Override
            public void onTopic(TopicDoor door) {
                reply.onThere();
            }

            @Override
            public void onRefused(AddressReply.Refusal refusal, String description) {
                reply.onRefused(reasonOf(refusal), description);
            }
        });
    }

    private static AdministrationReply.Refusal reasonOf(AddressReply.Refusal refusal) {
        return switch (refusal) {
            case INVALID_NAME -> AdministrationReply.Refusal.INVALID;
            case NOT_FOUND, CONTRADICTION -> AdministrationReply.Refusal.ALREADY_THERE;
            case UNAUTHORIZED, IN_USE, UNAVAILABLE -> AdministrationReply.Refusal.UNAVAILABLE;
        };
    }

    private static String isReserved(String name) {
        return "the name '" + name + "' is kept for queues and nodes of the broker's own";
    }

    private @Nullable RoutingRule find(RoutingRule like) {
        return planned.find(like);
    }

    private @Nullable String objection(RoutingRule rule) {
        for (var name : List.of(rule.from(), rule.to())) {
            if (placement.isReserved(name)) {
                return isReserved(name);
            }
        }
        var objection = planned.objection(rule);
        return objection == null && rule instanceof Alias && placement.hasOrMakes(rule.name())
                ? "there is a queue or topic '" + rule.name() + "', which therefore can be no alias"
                : objection;
    }

    /** Makes the address that the rule leads to if need be, and stores the rule then. */
    private void reach(
            RoutingRule rule,
            String creator,
            EventLoop caller,
            AdministrationReply<Description> reply,
            @Nullable RoutingRule before,
            Consumer<Catalog.DefineReply> storing) {
        placement.declare(rule.to(), null, creator, control, new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                storing.accept(storedReply(rule, caller, reply, before));
            }

            @Override
            public void onTopic(TopicDoor door) {
                storing.accept(storedReply(rule, caller, reply, before));
            }

            @Override
            public void onRefused(AddressReply.Refusal refusal, String description) {
                undoPlan(rule, before);
                refuse(caller, reply, AdministrationReply.Refusal.UNAVAILABLE, description);
            }
        });
    }

    private void undoPlan(RoutingRule rule, @Nullable RoutingRule before) {
        if (before == null) {
            planned.remove(rule);
        } else {
            planned.put(before);
        }
    }

    private Catalog.DefineReply storedReply(
            RoutingRule rule, EventLoop caller, AdministrationReply<Description> reply, @Nullable RoutingRule before) {
        return new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                routing.put(rule, before, () -> tellPublished(rule, caller, reply));
            }

            @Override
            public void onFailed(String reason) {
                undoPlan(rule, before);
                refuse(caller, reply, Refusal.UNAVAILABLE, reason);
            }
        };
    }

    private void tellPublished(RoutingRule rule, EventLoop caller, AdministrationReply<Description> reply) {
        placement.publish();
        // Behind the table that is published at the end of the turn.
        control.execute(() -> caller.execute(() -> reply.onDone(describe(rule))));
    }

    private Description describe(RoutingRule rule) {
        return new Description(rule, !configured.contains(rule));
    }

    private static void refuse(
            EventLoop caller, AdministrationReply<Description> reply, Refusal refusal, String description) {
        caller.execute(() -> reply.onRefused(refusal, description));
    }

    private static String word(RoutingRule rule) {
        return rule instanceof Alias ? "an alias" : "a route";
    }

    private static String notThere(boolean alias, String name) {
        return "there is no " + (alias ? "alias" : "route") + " '" + name + "'";
    }

    private static String isConfigured(RoutingRule rule) {
        return "'" + rule.name() + "' is one of the configuration: change it there";
    }
}
