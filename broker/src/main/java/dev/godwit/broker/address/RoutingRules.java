package dev.godwit.broker.address;

import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All aliases and routes of a broker, at one moment. Immutable: a change is a new table. Routes never lead in a circle, nor
 * over more than {@link #HOPS_MAX} addresses: a rule by which they would is not taken in.
 */
public final class RoutingRules {
    /** Routes that a message may go along, one after the other. */
    public static final int HOPS_MAX = 16;

    /** They are looked through for each address that is made. */
    private static final int RULES_MAX = 10_000;

    /** Queues of these names get what is published to the topic that the rest names. */
    private static final String CONSUMER_PREFIX = "Consumer.";

    /** What the topics begin with that are meant. */
    public static final String VIRTUAL_TOPIC_PREFIX = "VirtualTopic.";

    private final boolean virtualTopics;
    private final Map<String, Alias> aliases;
    private final Map<String, Forward> forwards;

    private RoutingRules(boolean virtualTopics, Map<String, Alias> aliases, Map<String, Forward> forwards) {
        this.virtualTopics = virtualTopics;
        this.aliases = aliases;
        this.forwards = forwards;
    }

    /**
     * A table without rules.
     *
     * @param virtualTopics whether a queue {@code Consumer.x.VirtualTopic.y} gets what is published to {@code
     *     VirtualTopic.y}
     */
    public static RoutingRules none(boolean virtualTopics) {
        return new RoutingRules(virtualTopics, Map.of(), Map.of());
    }

    /** With one rule more, or with it in place of the one of its kind and name. */
    public RoutingRules with(RoutingRule rule) {
        return rule instanceof Forward forward
                ? new RoutingRules(virtualTopics, aliases, with(forwards, forward))
                : new RoutingRules(virtualTopics, with(aliases, (Alias) rule), forwards);
    }

    private static <T extends RoutingRule> Map<String, T> with(Map<String, T> before, T rule) {
        var more = new LinkedHashMap<>(before);
        more.put(rule.name(), rule);
        return more;
    }

    public RoutingRules without(RoutingRule rule) {
        var lessAliases = new LinkedHashMap<>(aliases);
        var lessForwards = new LinkedHashMap<>(forwards);
        if (rule instanceof Alias) {
            lessAliases.remove(rule.name());
        } else {
            lessForwards.remove(rule.name());
        }
        return new RoutingRules(virtualTopics, lessAliases, lessForwards);
    }

    public @Nullable Alias alias(String name) {
        return aliases.get(name);
    }

    public @Nullable Forward forward(String name) {
        return forwards.get(name);
    }

    /** In the order in which they came. */
    public List<Alias> aliases() {
        return List.copyOf(aliases.values());
    }

    public List<Forward> forwards() {
        return List.copyOf(forwards.values());
    }

    /** What each alias means, by its name. */
    Map<String, String> meanings() {
        var meanings = new HashMap<String, String>();
        aliases.values().forEach(each -> meanings.put(each.name(), each.to()));
        return meanings;
    }

    /** The name of what is meant by that name. */
    public String meaning(String name) {
        var alias = aliases.get(name);
        return alias == null ? name : alias.to();
    }

    /**
     * Where what comes to a queue or topic is to go, too.
     *
     * @param temporary such an address is at the beginning of no route
     */
    public List<Forward> beginningAt(String address, boolean temporary) {
        return temporary
                ? List.of()
                : forwards.values().stream()
                        .filter(each -> each.beginsAt(address))
                        .toList();
    }

    /** The route to a queue that its own name means; null for none. */
    public @Nullable Forward virtualRouteTo(String queue) {
        var topic = virtualTopics ? virtualTopicOf(queue) : null;
        return topic == null ? null : new Forward(queue, topic, queue, null, false);
    }

    private static @Nullable String virtualTopicOf(String queue) {
        int at = queue.indexOf("." + VIRTUAL_TOPIC_PREFIX, CONSUMER_PREFIX.length());
        boolean named = queue.startsWith(CONSUMER_PREFIX) && at > CONSUMER_PREFIX.length();
        return named && queue.length() > at + 1 + VIRTUAL_TOPIC_PREFIX.length() ? queue.substring(at + 1) : null;
    }

    /** What rests on an address, for whoever wants to remove it; null when nothing does. */
    public @Nullable String objectionToRemoving(String address) {
        return Stream.concat(aliases.values().stream(), forwards.values().stream())
                .filter(each -> each.to().equals(address))
                .findFirst()
                .map(each -> "the " + word(each) + " '" + each.name() + "' leads to '" + address + "': delete it first")
                .orElse(null);
    }

    private static String word(RoutingRule rule) {
        return rule instanceof Alias ? "alias" : "route";
    }

    /** Says why a rule cannot be taken in, also in place of an earlier one of its name; null when it can. */
    public @Nullable String objection(RoutingRule rule) {
        var objection = rule.objection();
        if (objection != null) {
            return objection;
        }
        if (aliases.size() + forwards.size() >= RULES_MAX) {
            return "there are " + RULES_MAX + " aliases and routes: remove some";
        }
        var toAlias = aliases.get(rule.to());
        if (toAlias != null) {
            return "'" + rule.to() + "' is an alias: name '" + toAlias.to() + "' itself";
        }
        return rule instanceof Forward forward ? objectionTo(forward) : objectionTo((Alias) rule);
    }

    private @Nullable String objectionTo(Alias alias) {
        if (alias.to().equals(alias.name())) {
            return "'" + alias.name() + "' cannot be an alias of itself";
        }
        return Stream.concat(aliases.values().stream(), forwards.values().stream())
                .filter(each -> each.to().equals(alias.name())
                        || (each instanceof Forward forward && forward.from().equals(alias.name())))
                .findFirst()
                .map(each -> "the " + word(each) + " '" + each.name() + "' names '" + alias.name()
                        + "', which therefore can be no alias")
                .orElse(null);
    }

    private @Nullable String objectionTo(Forward forward) {
        var fromAlias = aliases.get(forward.from());
        if (fromAlias != null) {
            return "'" + forward.from() + "' is an alias: name '" + fromAlias.to() + "' itself";
        }
        return with(forward).objectionToWays(forward);
    }

    /** What is wrong with the ways that there are now: those that lead to the added route get longer by it, too. */
    private @Nullable String objectionToWays(Forward added) {
        for (var first : forwards.values()) {
            var objection = walk(first, added);
            if (objection != null) {
                return objection;
            }
        }
        return null;
    }

    /** A way so far: its last route, and what was gone along before. */
    private record Way(Forward last, @Nullable Way before, int length) {
        boolean has(Forward forward) {
            return last.equals(forward) || (before != null && before.has(forward));
        }

        String text() {
            return (before == null ? "'" + last.from() + "'" : before.text()) + " → '" + last.to() + "'";
        }
    }

    private @Nullable String walk(Forward first, Forward added) {
        var ways = new ArrayDeque<Way>();
        var longest = new HashMap<Forward, Integer>();
        ways.add(new Way(first, null, 1));
        while (!ways.isEmpty()) {
            var way = ways.removeLast();
            for (var next : onwardFrom(way.last().to())) {
                var further = new Way(next, way, way.length() + 1);
                if (way.has(next)) {
                    return "the route '" + added.name() + "' would lead in a circle: " + further.text();
                }
                if (further.length() > HOPS_MAX) {
                    return "the route '" + added.name() + "' would make a way of more than " + HOPS_MAX + " routes: "
                            + further.text();
                }
                // A longer way to the same route may be too long where a shorter one is not.
                if (longest.getOrDefault(next, 0) < further.length()) {
                    longest.put(next, further.length());
                    ways.add(further);
                }
            }
        }
        return null;
    }

    private List<Forward> onwardFrom(String address) {
        var onward = new ArrayList<Forward>();
        for (var each : forwards.values()) {
            var virtual = virtualTopics ? virtualTopicOf(each.from()) : null;
            boolean overTopic = virtual != null && new Forward("", virtual, "", null, false).beginsAt(address);
            if (overTopic || each.beginsAt(address)) {
                onward.add(each);
            }
        }
        return onward;
    }
}
