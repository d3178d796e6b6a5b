package dev.godwit.storage.replica;

import dev.godwit.storage.replication.ReplicaId;
import java.util.HashMap;
import java.util.Map;

/**
 * Which followers of a leader get on, and how far they are. Of one that was not seen before it is believed for a while that it does.
 * Owned by the copy's owner.
 */
final class FollowerPace {
    /** Who has got no further for so long stands still, or is away. */
    static final long STILL_MILLIS = 10_000;

    private record Seen(long index, long sinceMillis) {}

    private final Map<ReplicaId, Seen> followers = new HashMap<>();

    /** Another leader, whose followers are not known yet. */
    void reset() {
        followers.clear();
    }

    /**
     * How far the last of those is who get on; {@link Long#MAX_VALUE} when nobody does.
     *
     * @param matched up to where each of them has the log now
     */
    long slowest(Map<ReplicaId, Long> matched, long nowMillis) {
        followers.keySet().retainAll(matched.keySet());
        long slowest = Long.MAX_VALUE;
        for (Map.Entry<ReplicaId, Long> each : matched.entrySet()) {
            long index = each.getValue();
            Seen seen = followers.get(each.getKey());
            if (seen == null || seen.index() != index) {
                seen = new Seen(index, nowMillis);
                followers.put(each.getKey(), seen);
            }
            if (nowMillis - seen.sinceMillis() < STILL_MILLIS) {
                slowest = Math.min(slowest, index);
            }
        }
        return slowest;
    }
}
