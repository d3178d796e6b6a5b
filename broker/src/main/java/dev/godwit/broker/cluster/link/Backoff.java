package dev.godwit.broker.cluster.link;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt to connect: twice as long each time up to a limit, and of that a random part,
 * at least half, so that nodes which lost each other at the same moment do not all come at the same moment.
 */
final class Backoff {
    private static final long MILLIS_MIN = 50;

    private final long millisMax;
    private final RandomGenerator random;
    private long nextMillis = MILLIS_MIN;

    Backoff(long millisMax, RandomGenerator random) {
        this.millisMax = millisMax;
        this.random = random;
    }

    long nextMillis() {
        long whole = Math.min(nextMillis, millisMax);
        nextMillis = Math.min(2 * whole, millisMax);
        return Math.max(1, whole / 2 + random.nextLong(whole / 2 + 1));
    }

    /** It went well: the next wait is a short one again. */
    void reset() {
        nextMillis = MILLIS_MIN;
    }
}
