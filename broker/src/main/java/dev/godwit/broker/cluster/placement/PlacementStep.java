package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;

/**
 * The next thing to do for a shard; its leader does it.
 *
 * @param replica whom it concerns
 */
public record PlacementStep(Kind kind, int shard, ReplicaId replica) {
    /** What is to be done. */
    public enum Kind {
        /** It is to be given the log. */
        ADD_LEARNER,
        /** The learner is to vote. */
        PROMOTE,
        /** It is to keep no copy any more. */
        REMOVE,
        /** It is to lead. */
        LEAD
    }
}
