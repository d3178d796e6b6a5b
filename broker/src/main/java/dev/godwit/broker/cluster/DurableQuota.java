package dev.godwit.broker.cluster;

import java.util.HashMap;
import java.util.Map;

/**
 * How many durable subscriptions each user has, and may have; those that are being made count, too. Owned by the control
 * loop; lives as long as the broker.
 */
final class DurableQuota {
    private final int perUserMax;
    private final Map<String, Integer> byUser = new HashMap<>();

    DurableQuota(int perUserMax) {
        this.perUserMax = perUserMax;
    }

    int perUserMax() {
        return perUserMax;
    }

    boolean isUsedUp(String user) {
        return byUser.getOrDefault(user, 0) >= perUserMax;
    }

    void add(String user) {
        byUser.merge(user, 1, Integer::sum);
    }

    void remove(String user) {
        byUser.computeIfPresent(user, (name, count) -> count > 1 ? count - 1 : null);
    }
}
