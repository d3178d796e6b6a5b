package dev.godwit.storage.replica;

import dev.godwit.storage.replication.DeliveryLease;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import org.jspecify.annotations.Nullable;

/** Told what becomes of a copy, on its owner. It may use the copy at once. */
public interface ShardCopyListener {
    /**
     * The role, the epoch or the leader changed. A {@link ShardCopy#lead} of before has ended, and its listener knows.
     *
     * @param leader who leads in the epoch, or null while nobody is known to
     */
    void onRole(Role role, long epoch, @Nullable ReplicaId leader);

    /** This copy leads, and knows all that is committed: {@link ShardCopy#lead} may be called. It ends with the role. */
    void onServing(long epoch);

    /**
     * Until then messages may be delivered, by the copy's own clock: no other leader can be there.
     *
     * @param untilMillis {@link DeliveryLease#NONE} when it has ended, {@link DeliveryLease#ALWAYS} for a sole voter
     */
    void onLease(long untilMillis);
}
