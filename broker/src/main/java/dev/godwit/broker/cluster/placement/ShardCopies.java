package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How it stands with the copies of a shard. Immutable.
 *
 * @param leader null while nobody leads: then nothing can be changed
 * @param caughtUp those that have all that is committed, or nearly
 */
public record ShardCopies(int shard, @Nullable ReplicaId leader, Voters voters, Set<ReplicaId> caughtUp) {
    public ShardCopies {
        caughtUp = Set.copyOf(caughtUp);
    }

    boolean hasVoter(ReplicaId replica) {
        return voters.voters().contains(replica);
    }

    boolean hasLearner(ReplicaId replica) {
        return voters.learners().contains(replica);
    }

    boolean isCaughtUp(ReplicaId replica) {
        return caughtUp.contains(replica);
    }
}
