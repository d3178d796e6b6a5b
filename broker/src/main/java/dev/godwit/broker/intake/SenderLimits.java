package dev.godwit.broker.intake;

import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What users and tenants may do at most. Of the rules for users the first that concerns one decides, and so it is with those for
 * tenants; a connection may be bound by one of each. Any thread may ask, which connections do when they begin. Lives as long as the
 * broker.
 */
public final class SenderLimits {
    /** So many shares are kept, whether anybody has connections or not. */
    private static final int KEPT_MAX = 10_000;

    private final List<SenderRule> rules;
    private final Clock clock;
    private final ConcurrentHashMap<Key, SenderShare> shares = new ConcurrentHashMap<>();

    /** Groups may differ from one login to the next: then so may the rule. Without a user for a tenant. */
    private record Key(int rule, @Nullable String user) {}

    /** @param rules of each kind the first that concerns somebody decides */
    public SenderLimits(List<SenderRule> rules, Clock clock) {
        this.rules = List.copyOf(rules);
        this.clock = clock;
    }

    /**
     * What became of a connection that wanted to begin.
     *
     * @param shares what it takes part in, and is to leave when it ends; nothing if it may not begin
     * @param refusal a sentence that says why it may not; null when it may
     */
    public record Entry(List<SenderShare> shares, @Nullable String refusal) {
        public Entry {
            shares = List.copyOf(shares);
        }
    }

    /** A connection begins. */
    public Entry enter(@Nullable String hostname, String user, Set<String> groups) {
        var entered = new ArrayList<SenderShare>(2);
        for (boolean tenants : new boolean[] {false, true}) {
            var first = IntStream.range(0, rules.size())
                    .filter(each -> (rules.get(each).tenant() != null) == tenants
                            && rules.get(each).concerns(hostname, user, groups))
                    .findFirst();
            if (first.isPresent()) {
                var refusal = enter(first.getAsInt(), user, entered);
                if (refusal != null) {
                    entered.forEach(SenderShare::leave);
                    return new Entry(List.of(), refusal);
                }
            }
        }
        return new Entry(entered, null);
    }

    /** Null when it may begin. */
    private @Nullable String enter(int number, String user, List<SenderShare> entered) {
        if (shares.size() > KEPT_MAX) {
            forgetUnused();
        }
        var rule = rules.get(number);
        var holder = rule.tenant() == null ? "user '" + user + "'" : "tenant '" + rule.tenant() + "'";
        var isIn = new boolean[1];
        // Within the step that keeps it there: one that nobody has entered may be forgotten at any time.
        var share = shares.compute(new Key(number, rule.tenant() == null ? user : null), (key, before) -> {
            var there = before == null ? new SenderShare(holder, rule, clock.nanoTime()) : before;
            isIn[0] = there.enter();
            return there;
        });
        if (!isIn[0]) {
            return share.refusal();
        }
        entered.add(share);
        return null;
    }

    private void forgetUnused() {
        long nowNanos = clock.nanoTime();
        shares.keySet()
                .forEach(key ->
                        shares.computeIfPresent(key, (same, share) -> share.isForgettable(nowNanos) ? null : share));
    }
}
