package dev.godwit.broker.cluster;

import dev.godwit.broker.address.Outlet;
import dev.godwit.broker.address.Outlets;
import dev.godwit.broker.address.Publisher;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.address.RoutingRules;
import dev.godwit.broker.address.Topic;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The aliases and routes that are in force, and what the queues and topics of this node know of them: each has the routes
 * that begin there, and nothing while there are none. Owned by the control loop.
 */
final class LocalRouting {
    private static final Logger log = LoggerFactory.getLogger(LocalRouting.class);

    private final EventLoop control;
    private final Map<String, QueueDoor> queues;
    private final Map<String, Topic> topics;
    private final boolean virtualTopics;
    private final RoutingRules rules;

    /**
     * @param queues those that there are, by name; whoever owns them changes them on the control loop
     * @param topics likewise
     */
    LocalRouting(EventLoop control, Map<String, QueueDoor> queues, Map<String, Topic> topics, boolean virtualTopics) {
        this.control = control;
        this.queues = queues;
        this.topics = topics;
        this.virtualTopics = virtualTopics;
        this.rules = newRules();
    }

    RoutingRules rules() {
        return rules;
    }

    /** Others of this broker, without any. */
    RoutingRules newRules() {
        return new RoutingRules(virtualTopics);
    }

    /** Puts rules in force that are not known to any queue or topic yet: at the start. */
    void putAll(List<RoutingRule> all) {
        control.assertCurrent();
        if (all.isEmpty() && !virtualTopics) {
            return;
        }
        all.forEach(rules::put);
        var everywhere = new LinkedHashSet<>(queues.keySet());
        everywhere.addAll(topics.keySet());
        everywhere.removeIf(each -> outlets(each).isEmpty());
        applyTo(everywhere, () -> {});
    }

    /**
     * Puts a rule in force.
     *
     * @param before the one in place of which it stands; null when there is none
     * @param inForce runs on the control loop when it holds everywhere
     */
    void put(RoutingRule rule, @Nullable RoutingRule before, Runnable inForce) {
        control.assertCurrent();
        rules.put(rule);
        tell(before == null ? List.of(rule) : List.of(rule, before), inForce);
    }

    /** The rule holds no more. */
    void remove(RoutingRule rule, Runnable notInForce) {
        control.assertCurrent();
        rules.remove(rule);
        tell(List.of(rule), notInForce);
    }

    private void tell(List<RoutingRule> changed, Runnable told) {
        var affected = new LinkedHashSet<String>();
        for (var rule : changed) {
            if (rule instanceof Forward forward) {
                affected.addAll(beginningsOf(forward));
            }
        }
        applyTo(affected, told);
    }

    private Set<String> beginningsOf(Forward forward) {
        var from = forward.from();
        var beginnings = new LinkedHashSet<String>();
        if (TopicPattern.isPattern(from)) {
            var pattern = new TopicPattern(from);
            topics.keySet().stream().filter(pattern::matches).forEach(beginnings::add);
        }
        if (queues.containsKey(from) || topics.containsKey(from)) {
            beginnings.add(from);
        }
        return beginnings;
    }

    /** A queue or topic is there from now on: its routes begin before anybody finds it, and those to it lead there. */
    void onMade(String name) {
        control.assertCurrent();
        var affected = new LinkedHashSet<String>();
        affected.add(name);
        rules.leadingTo(name).forEach(each -> affected.addAll(beginningsOf(each)));
        affected.removeIf(each -> outlets(each).isEmpty());
        affected.addAll(virtualBeginnings(name));
        applyTo(affected, () -> {});
    }

    /** A queue is no more. */
    void onGone(String name) {
        control.assertCurrent();
        applyTo(virtualBeginnings(name), () -> {});
    }

    private Set<String> virtualBeginnings(String queue) {
        var virtual = rules.virtualRouteTo(queue);
        return virtual == null ? Set.of() : beginningsOf(virtual);
    }

    private void applyTo(Set<String> names, Runnable applied) {
        var left = new ArrayList<>(names);
        if (left.isEmpty()) {
            applied.run();
        }
        for (var name : names) {
            applyTo(
                    name,
                    () -> control.execute(() -> {
                        left.remove(name);
                        if (left.isEmpty()) {
                            applied.run();
                        }
                    }));
        }
    }

    private void applyTo(String name, Runnable applied) {
        var outlets = outlets(name);
        var queue = queues.get(name);
        var topic = topics.get(name);
        if (queue != null) {
            queue.owner().execute(() -> {
                queue.fork(outlets.isEmpty() ? null : outlets);
                applied.run();
            });
        } else if (topic != null) {
            topic.owner().execute(() -> {
                topic.routeAlong(outlets);
                applied.run();
            });
        } else {
            applied.run();
        }
    }

    private Outlets outlets(String name) {
        var queue = queues.get(name);
        var topic = topics.get(name);
        var outlets = new ArrayList<Outlet>();
        if (queue != null) {
            routesFrom(name, queue).forEach(each -> add(each, queue.owner(), outlets));
        } else if (topic != null) {
            routesFrom(name, topic).forEach(each -> add(each, topic.owner(), outlets));
        }
        return new Outlets(name, outlets);
    }

    private Stream<Forward> routesFrom(String name, QueueDoor queue) {
        return rules.beginningAt(name, queue.isTemporary()).stream()
                .filter(each -> each.from().equals(name));
    }

    private Stream<Forward> routesFrom(String name, Topic topic) {
        return Stream.concat(rules.beginningAt(name, topic.isTemporary()).stream(), virtualRoutesFrom(name).stream());
    }

    /** The addresses to which routes lead from this one, each once. */
    List<String> targetsFrom(String name) {
        control.assertCurrent();
        var queue = queues.get(name);
        var topic = topics.get(name);
        var routes = Stream.<Forward>empty();
        if (queue != null) {
            routes = routesFrom(name, queue);
        } else if (topic != null) {
            routes = routesFrom(name, topic);
        }
        return routes.map(Forward::to).distinct().toList();
    }

    private List<Forward> virtualRoutesFrom(String topic) {
        var routes = new ArrayList<Forward>();
        if (topic.startsWith(RoutingRules.VIRTUAL_TOPIC_PREFIX)) {
            for (var queue : queues.keySet()) {
                var virtual = rules.virtualRouteTo(queue);
                if (virtual != null && virtual.beginsAt(topic)) {
                    routes.add(virtual);
                }
            }
        }
        return routes;
    }

    private void add(Forward forward, EventLoop owner, List<Outlet> outlets) {
        var door = doorTo(forward.to(), owner);
        if (door == null) {
            log.warn("the route {} leads nowhere: there is no '{}'", forward.name(), forward.to());
            return;
        }
        try {
            outlets.add(Outlet.of(forward.name(), door, forward.newFilter(), forward.exclusive()));
        } catch (InvalidFilterException wrong) {
            throw new IllegalStateException("the route " + forward.name() + " was taken in with a wrong filter", wrong);
        }
    }

    private @Nullable ProducerDoor doorTo(String name, EventLoop owner) {
        var queue = queues.get(name);
        if (queue != null) {
            return queue.openProducer(owner);
        }
        var topic = topics.get(name);
        return topic == null ? null : new TopicDoor(topic).openProducer(owner, Publisher.BROKER);
    }
}
