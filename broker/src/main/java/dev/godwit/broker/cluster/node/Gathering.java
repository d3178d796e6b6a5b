package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.List;

/**
 * Brings the leadership of all shards to one node: whoever leads another shard hands it over to who leads shard 0. Owned by the
 * control loop.
 */
final class Gathering {
    /** So often a shard is handed over at most: the one before may be under way. */
    private static final long INTERVAL_MILLIS = 500;

    private final ReplicaId self;
    private final Activity activity;
    private final List<KeptShard> copies;
    private final long[] triedMillis;

    Gathering(ReplicaId self, Activity activity, List<KeptShard> copies) {
        this.self = self;
        this.activity = activity;
        this.copies = copies;
        triedMillis = new long[copies.size()];
    }

    void onTime(long nowMillis) {
        ReplicaId first = activity.copy(0).leader();
        if (first == null || first.equals(self)) {
            return;
        }
        for (int shard = 1; shard < copies.size(); shard++) {
            CopyState copy = activity.copy(shard);
            boolean tried = triedMillis[shard] != 0 && nowMillis - triedMillis[shard] < INTERVAL_MILLIS;
            if (copy.role() == Role.LEADER && copy.serving() && !tried) {
                triedMillis[shard] = nowMillis;
                KeptShard kept = copies.get(shard);
                kept.owner().execute(() -> kept.transferTo(first));
            }
        }
    }
}
