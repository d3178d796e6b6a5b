package dev.godwit.storage.replica;

import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.replication.Voters;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a copy stands.
 *
 * @param leader who leads in the epoch, or null while nobody is known to
 * @param serving whether this copy leads and knows all that is committed
 * @param commitIndex up to here the log is known to be committed
 * @param lastIndex of the last entry, committed or not
 * @param durableIndex up to here the log is on stable storage here
 * @param coverIndex up to here the log is not kept whole here
 * @param voters who the replicas are, by the last entry that says so
 * @param votersCommitted whether that entry is known to be committed: else the next leader may say otherwise
 * @param repairing whether it votes for nobody until it has what it lost
 * @param matchedIndices of a leader: up to where each of the others has the log on stable storage, as far as they have said
 * @param messagesDropped that were damaged, not for this copy, or not from whom they said
 */
public record ShardCopyStatus(
        Role role,
        long epoch,
        @Nullable ReplicaId leader,
        boolean serving,
        long commitIndex,
        long lastIndex,
        long durableIndex,
        long coverIndex,
        Voters voters,
        boolean votersCommitted,
        boolean repairing,
        Map<ReplicaId, Long> matchedIndices,
        long messagesDropped) {
    public ShardCopyStatus {
        matchedIndices = Map.copyOf(matchedIndices);
    }

    /** How a copy stands that has only been found. */
    static ShardCopyStatus beforeStart(Beginning found, long messagesDropped) {
        HardState promised = found.promised();
        LogOutline outline = found.outline();
        return new ShardCopyStatus(
                Role.FOLLOWER,
                promised.epoch(),
                null,
                false,
                outline.checkpointIndex(),
                outline.lastIndex(),
                outline.lastIndex(),
                outline.checkpointIndex(),
                outline.voters(),
                false,
                promised.repairing(),
                Map.of(),
                messagesDropped);
    }
}
