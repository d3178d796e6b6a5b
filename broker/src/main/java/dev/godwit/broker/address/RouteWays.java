package dev.godwit.broker.address;

import dev.godwit.broker.address.RoutingRule.Forward;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ways that routes make together. Those that there are lead nowhere in a circle, nor too far; so of a further one only the
 * ways along it are looked at, and of the others it is remembered how long they are. Owned by the {@link RoutingRules} whose
 * routes these are.
 */
final class RouteWays {
    private final RouteIndex index;

    /** The longest ways from addresses to which routes lead. */
    private final Map<String, Longest> onward = new HashMap<>();

    /** The longest ways to addresses at which routes begin. */
    private final Map<String, Longest> before = new HashMap<>();

    /** Those of {@link #before} that are no longer known when the question is answered: too much may change them. */
    private final List<String> passing = new ArrayList<>();

    /**
     * A way, as long as any.
     *
     * @param next its route that is nearest; null when it has none
     * @param length in routes
     */
    private record Longest(@Nullable Forward next, int length) {
        static final Longest NONE = new Longest(null, 0);
    }

    /** A way so far: its last route, and what was gone along before. */
    private record Way(Forward last, @Nullable Way before) {
        String text() {
            return (before == null ? "'" + last.from() + "'" : before.text()) + " → '" + last.to() + "'";
        }
    }

    RouteWays(RouteIndex index) {
        this.index = index;
    }

    /** The route is there from now on. What is known of others that have no part in it stays known. */
    void onAdded(Forward route) {
        if (beginsAtOne(route) && index.leadingTo(route).isEmpty()) {
            onward.remove(route.from());
        } else {
            onward.clear();
        }
        if (index.onwardFrom(route.to()).isEmpty()) {
            before.remove(route.to());
        } else {
            before.clear();
        }
    }

    void onRemoved() {
        forget();
    }

    private void forget() {
        onward.clear();
        before.clear();
    }

    private boolean beginsAtOne(Forward route) {
        return !TopicPattern.isPattern(route.from()) && index.virtualTopicOf(route.from()) == null;
    }

    /** Says what would be wrong with the ways along a route that is not there yet; null when nothing would be. */
    @Nullable
    String objection(Forward added) {
        var circle = circle(added);
        if (circle != null) {
            return "the route '" + added.name() + "' would lead in a circle: " + circle.text();
        }
        try {
            int length = longestTo(added).length() + 1 + longestFrom(added.to()).length();
            return length <= RoutingRules.HOPS_MAX
                    ? null
                    : "the route '" + added.name() + "' would make a way of more than " + RoutingRules.HOPS_MAX
                            + " routes: " + longest(added);
        } finally {
            passing.forEach(before::remove);
            passing.clear();
            if (onward.size() + before.size() > RouteIndex.REMEMBERED_MAX) {
                forget();
            }
        }
    }

    /** The way along the route to where it begins; null when there is none. */
    private @Nullable Way circle(Forward added) {
        var first = new Way(added, null);
        if (index.leadingTo(added).isEmpty()) {
            return index.goesOn(added.to(), added) ? first : null;
        }
        var seen = new HashSet<String>();
        var ways = new ArrayDeque<Way>();
        ways.add(first);
        while (!ways.isEmpty()) {
            var way = ways.removeFirst();
            var address = way.last().to();
            if (!seen.add(address)) {
                continue;
            }
            if (index.goesOn(address, added)) {
                return way;
            }
            index.onwardFrom(address).forEach(each -> ways.add(new Way(each, way)));
        }
        return null;
    }

    /** As deep as there are routes in a way. It would end also if there were a circle. */
    private Longest longestFrom(String address) {
        var known = onward.putIfAbsent(address, Longest.NONE);
        if (known != null) {
            return known;
        }
        var longest = Longest.NONE;
        for (var each : index.onwardFrom(address)) {
            int length = 1 + longestFrom(each.to()).length();
            if (length > longest.length()) {
                longest = new Longest(each, length);
            }
        }
        onward.put(address, longest);
        return longest;
    }

    private Longest longestTo(Forward route) {
        var known = before.putIfAbsent(route.from(), Longest.NONE);
        if (known != null) {
            return known;
        }
        if (!beginsAtOne(route)) {
            passing.add(route.from());
        }
        var longest = Longest.NONE;
        for (var each : index.leadingTo(route)) {
            int length = 1 + longestTo(each).length();
            if (length > longest.length()) {
                longest = new Longest(each, length);
            }
        }
        before.put(route.from(), longest);
        return longest;
    }

    private String longest(Forward added) {
        var routes = new ArrayDeque<Forward>();
        routes.add(added);
        var each = longestTo(added).next();
        while (each != null && routes.size() <= RoutingRules.HOPS_MAX) {
            routes.addFirst(each);
            each = longestTo(each).next();
        }
        each = longestFrom(added.to()).next();
        while (each != null && routes.size() <= 2 * RoutingRules.HOPS_MAX) {
            routes.addLast(each);
            each = longestFrom(each.to()).next();
        }
        var text = new StringBuilder("'" + routes.getFirst().from() + "'");
        routes.forEach(route -> text.append(" → '").append(route.to()).append("'"));
        return text.toString();
    }
}
