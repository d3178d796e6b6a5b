package dev.godwit.broker.amqp;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much is kept for links that may be resumed: so much in all, and not all of it for one user. Shared by all event loops;
 * lives as long as the broker.
 */
final class KeptRoom {
    private final long max;
    private final long perUserMax;
    private final AtomicLong kept = new AtomicLong();
    private final ConcurrentMap<String, Long> byUser = new ConcurrentHashMap<>();

    KeptRoom(long max, long perUserMax) {
        this.max = max;
        this.perUserMax = perUserMax;
    }

    /** So much more is to be kept; false when there is no room for it. */
    boolean take(String user, long amount) {
        if (kept.addAndGet(amount) > max) {
            kept.addAndGet(-amount);
            return false;
        }
        if (byUser.merge(user, amount, Long::sum) > perUserMax) {
            giveBack(user, amount);
            return false;
        }
        return true;
    }

    void giveBack(String user, long amount) {
        if (amount > 0) {
            byUser.computeIfPresent(user, (name, had) -> had == amount ? null : Long.valueOf(had - amount));
            kept.addAndGet(-amount);
        }
    }
}
