package dev.godwit.broker.address;

import dev.godwit.broker.address.RoutingRule.Forward;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds routes by where they begin and where they lead, without looking at the others. Owned by the {@link RoutingRules} whose
 * routes these are.
 */
final class RouteIndex {
    /** Addresses of which something is remembered, those of routes that were refused included. */
    static final int REMEMBERED_MAX = 20_000;

    private final boolean virtualTopics;

    /** By the one address where they begin. */
    private final Map<String, Set<Forward>> beginnings = new HashMap<>();

    /** Those that begin at the topics of a pattern. */
    private final Map<Forward, Matches> patterns = new LinkedHashMap<>();

    /** Those that begin at a queue that a topic fills, by that topic; and those where it is the topics of a pattern. */
    private final Map<String, Set<Forward>> behindTopics = new HashMap<>();

    private final Map<Forward, Matches> behindPatterns = new LinkedHashMap<>();

    /** By where they lead. */
    private final Map<String, Set<Forward>> ends = new HashMap<>();

    /** Which routes of patterns match an address to which routes lead; empty after each change of them. */
    private final Map<String, List<Forward>> matched = new HashMap<>();

    /**
     * What a pattern matches.
     *
     * @param addresses those to which routes lead
     */
    private record Matches(TopicPattern pattern, Set<String> addresses) {
        Matches(TopicPattern pattern) {
            this(pattern, new LinkedHashSet<>());
        }

        void look(String address) {
            if (pattern.matches(address)) {
                addresses.add(address);
            }
        }
    }

    RouteIndex(boolean virtualTopics) {
        this.virtualTopics = virtualTopics;
    }

    void add(Forward forward) {
        begin(forward, forward.from(), beginnings, patterns);
        var topic = virtualTopicOf(forward.from());
        if (topic != null) {
            begin(forward, topic, behindTopics, behindPatterns);
        }
        if (ends.computeIfAbsent(forward.to(), unknown -> new LinkedHashSet<>()).add(forward)) {
            patterns.values().forEach(each -> each.look(forward.to()));
            behindPatterns.values().forEach(each -> each.look(forward.to()));
        }
    }

    private void begin(
            Forward forward, String address, Map<String, Set<Forward>> exact, Map<Forward, Matches> byPattern) {
        if (TopicPattern.isPattern(address)) {
            var matches = new Matches(new TopicPattern(address));
            ends.keySet().forEach(matches::look);
            byPattern.put(forward, matches);
            matched.clear();
        } else {
            exact.computeIfAbsent(address, unknown -> new LinkedHashSet<>()).add(forward);
        }
    }

    void remove(Forward forward) {
        take(forward, forward.from(), beginnings);
        var topic = virtualTopicOf(forward.from());
        if (topic != null) {
            take(forward, topic, behindTopics);
        }
        var pattern = patterns.remove(forward);
        var behindPattern = behindPatterns.remove(forward);
        if (pattern != null || behindPattern != null) {
            matched.clear();
        }
        take(forward, forward.to(), ends);
        if (!ends.containsKey(forward.to())) {
            matched.remove(forward.to());
            patterns.values().forEach(each -> each.addresses().remove(forward.to()));
            behindPatterns.values().forEach(each -> each.addresses().remove(forward.to()));
        }
    }

    private static void take(Forward forward, String address, Map<String, Set<Forward>> from) {
        var there = from.get(address);
        if (there != null && there.remove(forward) && there.isEmpty()) {
            from.remove(address);
        }
    }

    int patternCount() {
        return patterns.size();
    }

    /** The topic that fills a queue of that name; null for none. */
    @Nullable
    String virtualTopicOf(String queue) {
        return virtualTopics ? RoutingRules.virtualTopicOf(queue) : null;
    }

    /** Those that begin at an address, or at topics of which it may be one. */
    List<Forward> beginningAt(String address) {
        var found = new ArrayList<>(named(address));
        addMatching(address, patterns, found);
        return found;
    }

    /** Those that begin at exactly that address. */
    Set<Forward> named(String address) {
        return beginnings.getOrDefault(address, Set.of());
    }

    private static void addMatching(String address, Map<Forward, Matches> byPattern, List<Forward> found) {
        byPattern.forEach((forward, matches) -> {
            if (matches.pattern().matches(address)) {
                found.add(forward);
            }
        });
    }

    /** Those along which a message may go on that a route brings to an address. */
    List<Forward> onwardFrom(String address) {
        var onward = new ArrayList<>(named(address));
        onward.addAll(behindTopics.getOrDefault(address, Set.of()));
        if (matched.size() >= REMEMBERED_MAX) {
            matched.clear();
        }
        onward.addAll(matched.computeIfAbsent(address, this::matching));
        return onward;
    }

    private List<Forward> matching(String address) {
        var found = new ArrayList<Forward>();
        addMatching(address, patterns, found);
        addMatching(address, behindPatterns, found);
        return List.copyOf(found);
    }

    /** Whether a message that comes to an address may go on along that route, which need not be here. */
    boolean goesOn(String address, Forward route) {
        var topic = virtualTopicOf(route.from());
        return route.beginsAt(address) || (topic != null && isMeant(topic, address));
    }

    private static boolean isMeant(String topic, String address) {
        return topic.equals(address) || (TopicPattern.isPattern(topic) && new TopicPattern(topic).matches(address));
    }

    /** Those that lead to an address. */
    Set<Forward> leadingTo(String address) {
        return ends.getOrDefault(address, Set.of());
    }

    /** Those that bring messages to where a route begins, which need not be here. */
    List<Forward> leadingTo(Forward route) {
        var found = new ArrayList<Forward>();
        addLeading(route.from(), patterns.get(route), found);
        var topic = virtualTopicOf(route.from());
        if (topic != null) {
            addLeading(topic, behindPatterns.get(route), found);
        }
        return found;
    }

    private void addLeading(String address, @Nullable Matches known, List<Forward> found) {
        if (!TopicPattern.isPattern(address)) {
            found.addAll(leadingTo(address));
            return;
        }
        var matches = known;
        if (matches == null) {
            matches = new Matches(new TopicPattern(address));
            ends.keySet().forEach(matches::look);
        }
        matches.addresses().forEach(end -> found.addAll(leadingTo(end)));
    }
}
