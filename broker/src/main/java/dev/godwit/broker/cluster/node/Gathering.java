package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.List;
import java.util.function.Predicate;

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
    private final Predicate<String> rests;
    private final long[] triedMillis;

    /** @param rests which nodes are not to lead: they would take nothing over */
    Gathering(ReplicaId self, Activity activity, List<KeptShard> copies, Predicate<String> rests) {
        this.self = self;
        this.rests = rests;
        this.activity = activity;
        this.copies = copies;
        triedMillis = new long[copies.size()];
    }

    /** A copy has become something else: clients wait for whoever leads shard 0 now. */
    void onCopy(CopyState now, long nowMillis) {
        if (now.shard() == 0) {
            onTime(nowMillis);
        }
    }

    /** Now and then. */
    void onTime(long nowMillis) {
        ReplicaId first = activity.copy(0).leader();
        if (first == null || first.equals(self) || rests.test(first.nodeId())) {
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
