package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import org.jspecify.annotations.Nullable;

/**
 * What this node's copy of a shard is. Immutable.
 *
 * @param leader who leads the shard, as far as it is known here
 * @param serving whether this node leads, and knows all that is committed
 */
record CopyState(int shard, Role role, long epoch, @Nullable ReplicaId leader, boolean serving) {
    static CopyState atFirst(int shard) {
        return new CopyState(shard, Role.FOLLOWER, 0, null, false);
    }
}
