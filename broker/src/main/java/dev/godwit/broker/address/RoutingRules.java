package dev.godwit.broker.address;

import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All aliases and routes of a broker. Routes never lead in a circle, nor over more than {@link #HOPS_MAX} addresses: to a rule
 * by which they would there is an objection. Owned by the control loop.
 */
public final class RoutingRules {
    /** Routes that a message may go along, one after the other. */
    public static final int HOPS_MAX = 16;

    private static final int RULES_MAX = 10_000;

    /** Each topic that is made is compared with all of them, and so is each address to which a route leads. */
    private static final int PATTERNS_MAX = 500;

    /** Queues of these names get what is published to the topic that the rest names. */
    private static final String CONSUMER_PREFIX = "Consumer.";

    /** What the topics begin with that are meant. */
    public static final String VIRTUAL_TOPIC_PREFIX = "VirtualTopic.";

    private final Map<String, Alias> aliases = new LinkedHashMap<>();
    private final Map<String, Forward> forwards = new LinkedHashMap<>();
    private final Map<String, Set<Alias>> aliasesTo = new HashMap<>();
    private final RouteIndex index;
    private final RouteWays ways;

    /**
     * Without any rules.
     *
     * @param virtualTopics whether a queue {@code Consumer.x.VirtualTopic.y} gets what is published to {@code
     *     VirtualTopic.y}
     */
    public RoutingRules(boolean virtualTopics) {
        this.index = new RouteIndex(virtualTopics);
        this.ways = new RouteWays(index);
    }

    /** Takes a rule in, perhaps in place of the one of its kind and name. */
    public void put(RoutingRule rule) {
        var earlier = find(rule);
        if (earlier != null) {
            remove(earlier);
        }
        if (rule instanceof Forward forward) {
            forwards.put(forward.name(), forward);
            index.add(forward);
            ways.onAdded(forward);
        } else {
            var alias = (Alias) rule;
            aliases.put(alias.name(), alias);
            aliasesTo
                    .computeIfAbsent(alias.to(), unknown -> new LinkedHashSet<>())
                    .add(alias);
        }
    }

    /** Takes out the one of that kind and name, if there is one. */
    public void remove(RoutingRule rule) {
        if (rule instanceof Forward) {
            var gone = forwards.remove(rule.name());
            if (gone != null) {
                index.remove(gone);
                ways.onRemoved();
            }
            return;
        }
        var gone = aliases.remove(rule.name());
        var others = gone == null ? null : aliasesTo.get(gone.to());
        if (others != null && others.remove(gone) && others.isEmpty()) {
            aliasesTo.remove(gone.to());
        }
    }

    /** The one of the same kind and name. */
    public @Nullable RoutingRule find(RoutingRule like) {
        return like instanceof Forward ? forwards.get(like.name()) : aliases.get(like.name());
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
        return temporary ? List.of() : index.beginningAt(address);
    }

    /** The routes that lead to an address. */
    public Set<Forward> leadingTo(String address) {
        return index.leadingTo(address);
    }

    /** The route to a queue that its own name means; null for none. */
    public @Nullable Forward virtualRouteTo(String queue) {
        var topic = index.virtualTopicOf(queue);
        return topic == null ? null : new Forward(queue, topic, queue, null, false);
    }

    static @Nullable String virtualTopicOf(String queue) {
        if (!queue.startsWith(CONSUMER_PREFIX)) {
            return null;
        }
        int at = queue.indexOf("." + VIRTUAL_TOPIC_PREFIX, CONSUMER_PREFIX.length());
        boolean named = at > CONSUMER_PREFIX.length() && queue.length() > at + 1 + VIRTUAL_TOPIC_PREFIX.length();
        return named ? queue.substring(at + 1) : null;
    }

    /** What rests on an address, for whoever wants to remove it; null when nothing does. */
    public @Nullable String objectionToRemoving(String address) {
        return leading(address)
                .findFirst()
                .map(each -> "the " + word(each) + " '" + each.name() + "' leads to '" + address + "': delete it first")
                .orElse(null);
    }

    private Stream<RoutingRule> leading(String address) {
        return Stream.concat(aliasesTo.getOrDefault(address, Set.of()).stream(), index.leadingTo(address).stream());
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
        var earlier = find(rule);
        if (earlier == null) {
            return objectionToOneMore(rule);
        }
        remove(earlier);
        try {
            return objectionToOneMore(rule);
        } finally {
            put(earlier);
        }
    }

    private @Nullable String objectionToOneMore(RoutingRule rule) {
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
        return Stream.concat(leading(alias.name()), index.named(alias.name()).stream())
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
        if (index.patternCount() >= PATTERNS_MAX && TopicPattern.isPattern(forward.from())) {
            return "there are " + PATTERNS_MAX
                    + " routes that begin at a pattern: remove some, or use patterns that match" + " more";
        }
        return ways.objection(forward);
    }
}
