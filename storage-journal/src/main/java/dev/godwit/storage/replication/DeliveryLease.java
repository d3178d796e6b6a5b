package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Until when a leader may deliver. A majority that heard a heartbeat votes for nobody for a while; the lease is a little
 * shorter, and counts from when that heartbeat was sent. So it has ended, by any clock, before there can be another leader.
 * Owned by its {@link Leadership}.
 */
public final class DeliveryLease {
    /** No lease. */
    public static final long NONE = Long.MIN_VALUE;

    /** A lease without end: nobody else can be leader. */
    public static final long ALWAYS = Long.MAX_VALUE;

    private record Round(long number, long sentMillis) {}

    private final Rules rules;
    private final ReplicaEffects effects;
    private final long leaseMillis;
    private final Deque<Round> rounds = new ArrayDeque<>();
    private long lastRound;
    private long majorityHeardMillis;
    private long untilMillis = NONE;
    private boolean ended;

    DeliveryLease(Rules rules, ReplicaEffects effects, long leaseMillis, long nowMillis) {
        this.rules = rules;
        this.effects = effects;
        this.leaseMillis = leaseMillis;
        majorityHeardMillis = nowMillis;
    }

    long untilMillis() {
        return untilMillis;
    }

    long lastRound() {
        return lastRound;
    }

    /** When the last heartbeat was sent that a majority answered; when the leader began, if none was. */
    long majorityHeardMillis() {
        return majorityHeardMillis;
    }

    /** A heartbeat leaves now. Returns its number. */
    long onSent(long nowMillis) {
        rounds.addLast(new Round(++lastRound, nowMillis));
        return lastRound;
    }

    /** A majority has answered the heartbeat {@code round}, or later ones. */
    void onAnswered(long round, long nowMillis) {
        Round first = rounds.peekFirst();
        while (first != null && first.number() < round) {
            rounds.removeFirst();
            first = rounds.peekFirst();
        }
        if (first != null && first.number() == round) {
            majorityHeardMillis = Math.max(majorityHeardMillis, first.sentMillis());
            extend(rules.leaseBegins(first.sentMillis(), nowMillis) + leaseMillis);
        }
    }

    /** There is no other voter. */
    void onAlone(long nowMillis) {
        majorityHeardMillis = nowMillis;
        extend(ALWAYS);
    }

    /** There are other voters from now on: what was always needs their answers. */
    void onCompany() {
        if (untilMillis == ALWAYS) {
            become(NONE);
        }
    }

    /** For good. */
    void end() {
        ended = true;
        become(NONE);
    }

    private void extend(long until) {
        if (!ended && until > untilMillis) {
            become(until);
        }
    }

    private void become(long until) {
        if (until != untilMillis) {
            untilMillis = until;
            effects.onLease(until);
        }
    }
}
