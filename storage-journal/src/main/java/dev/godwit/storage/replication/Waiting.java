package dev.godwit.storage.replication;

import java.util.random.RandomGenerator;

/**
 * How long a replica waits for a leader before it tries to be one, and for how long it helps nobody else to be. Owned by its
 * {@link Replica}; times are of its clock.
 */
final class Waiting {
    private final ReplicationSettings settings;
    private final Rules rules;
    private final RandomGenerator random;
    private long untilMillis;
    private long refusesUntilMillis;

    Waiting(ReplicationSettings settings, Rules rules, RandomGenerator random) {
        this.settings = settings;
        this.rules = rules;
        this.random = random;
    }

    /** From now on, for a random time. */
    void begin(long nowMillis) {
        long millis = random.nextLong(settings.electionMillisMin(), settings.electionMillisMax());
        untilMillis = nowMillis + rules.waits(millis, settings.patience());
    }

    /** There is nobody to wait for. */
    void end(long nowMillis) {
        untilMillis = nowMillis;
    }

    boolean isOver(long nowMillis) {
        return nowMillis >= untilMillis;
    }

    /** A leader was heard, or the replica was started, and may have heard one before. */
    void onLeader(long nowMillis) {
        refusesUntilMillis = nowMillis + settings.refusalMillis();
    }

    /** Whether nobody is helped yet. */
    boolean refuses(long nowMillis, boolean transferred) {
        return rules.refuses(nowMillis, refusesUntilMillis, transferred);
    }

    /** Whether it would lead rather than whoever tries: it waits longer than that, and has more. */
    boolean isOvertaken(boolean otherIsAsNew) {
        return rules.triesToo(settings.patience(), otherIsAsNew);
    }
}
