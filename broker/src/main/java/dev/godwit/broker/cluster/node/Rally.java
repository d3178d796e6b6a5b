package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.Role;
import java.util.List;

/**
 * Lets this node's copies of the other shards stand for election as soon as it leads shard 0. Each by itself, they would be missing a
 * leader at times of their own, and two nodes would stand in each other's way at one shard or another. Owned by the control loop.
 */
final class Rally {
    private final Activity activity;
    private final List<KeptShard> copies;

    Rally(Activity activity, List<KeptShard> copies) {
        this.activity = activity;
        this.copies = copies;
    }

    /** A copy has become something else. */
    void onCopy(CopyState now) {
        if (now.shard() == 0 && now.role() == Role.LEADER) {
            call();
        }
    }

    /** Now and then: where another leader was heard a moment ago, nobody was elected. */
    void onTime() {
        if (activity.copy(0).role() == Role.LEADER) {
            call();
        }
    }

    /** To those that do not lead; where another node does, they do nothing. */
    private void call() {
        for (KeptShard copy : copies) {
            if (activity.copy(copy.number()).role() != Role.LEADER) {
                copy.owner().execute(copy::contend);
            }
        }
    }
}
