package dev.godwit.broker.amqp;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many outcomes are kept for producers that may resume their links: so many in all, and not all of them one user's.
 * Shared by all event loops.
 */
final class KeptOutcomes {
    private final int max;
    private final int perUserMax;
    private final AtomicInteger kept = new AtomicInteger();
    private final ConcurrentMap<String, Integer> byUser = new ConcurrentHashMap<>();

    KeptOutcomes(int max, int perUserMax) {
        this.max = max;
        this.perUserMax = perUserMax;
    }

    /** One more is to be kept; false when there is no room for it. */
    boolean take(String user) {
        if (kept.incrementAndGet() > max) {
            kept.decrementAndGet();
            return false;
        }
        if (byUser.merge(user, 1, Integer::sum) > perUserMax) {
            giveBack(user, 1);
            return false;
        }
        return true;
    }

    void giveBack(String user, int outcomes) {
        if (outcomes > 0) {
            byUser.merge(user, -outcomes, Integer::sum);
            byUser.remove(user, 0);
            kept.addAndGet(-outcomes);
        }
    }
}
