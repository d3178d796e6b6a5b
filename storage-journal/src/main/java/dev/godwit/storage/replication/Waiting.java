package dev.godwit.storage.replication;

import java.util.random.RandomGenerator;

/**
 * How long a replica waits for a leader before it tries to be one, and for how long it helps nobody else to be. Owned by its
 * {@link Replica}; times are of its clock.
 */
final class Waiting {
    /** Of the time for which it waits for a leader, such a part it waits after its start. */
    private static final int AFTER_START = 4;

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
        untilMillis = nowMillis + part(1);
    }

    /**
     * The replica was started: likewise, for a shorter time, but not while it would refuse its vote to others, since a leader may have a lease by
     * it. Others that were started with it are not to try at the same moment; and who is patient is told when there is a leader of all, and
     * would only be in its way.
     */
    void beginAtStart(long nowMillis) {
        long later = random.nextLong(Math.max(1, settings.electionMillisMin() / AFTER_START));
        int divisor = settings.patience() > 1 ? 1 : AFTER_START;
        untilMillis = Math.max(nowMillis + part(divisor), refusesUntilMillis + later);
    }

    private long part(int divisor) {
        long millis = random.nextLong(settings.electionMillisMin() / divisor, settings.electionMillisMax() / divisor);
        return rules.waits(millis, settings.patience());
    }

    /** There is nobody to wait for. */
    void end(long nowMillis) {
        untilMillis = nowMillis;
    }

    boolean isOver(long nowMillis) {
        return nowMillis >= untilMillis;
    }

    /** A leader was heard; or one may have been heard until then, by this replica before it was started. */
    void onLeader(long heardMillis) {
        refusesUntilMillis = heardMillis + settings.refusalMillis();
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
