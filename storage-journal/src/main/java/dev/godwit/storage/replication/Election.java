package dev.godwit.storage.replication;

import java.util.HashSet;
import java.util.Set;

/** Who would vote for a replica, or has, or has not, in one epoch. Owned by its {@link Replica}. */
final class Election {
    private final long epoch;
    private final boolean trial;
    private final Rules rules;
    private final Set<ReplicaId> granted = new HashSet<>();
    private final Set<ReplicaId> refused = new HashSet<>();

    /** @param epoch in which the winner leads */
    Election(long epoch, boolean trial, Rules rules) {
        this.epoch = epoch;
        this.trial = trial;
        this.rules = rules;
    }

    /** Whether {@code response} is about this election. */
    boolean concerns(ReplicaMessage.VoteResponse response) {
        return response.granted() && rules.isVoteIn(response, epoch, trial);
    }

    void onGranted(ReplicaId voter) {
        granted.add(voter);
    }

    /**
     * Whether {@code response} says that somebody does not vote for us. Who has a leader of an older epoch stays in that one. It may be the
     * late answer to an election of ours before this one: then this one may be lost for nothing.
     */
    boolean isRefusal(ReplicaMessage.VoteResponse response) {
        return !trial && !response.trial() && !response.granted() && response.epoch() <= epoch;
    }

    void onRefused(ReplicaId voter) {
        refused.add(voter);
    }

    /** Too many do not vote for us: nothing comes of it any more. */
    boolean isLost(Majority majority, Voters voters) {
        return !majority.isWon(voters, voter -> granted.contains(voter) || !refused.contains(voter));
    }

    boolean isWon(Majority majority, Voters voters) {
        return majority.isWon(voters, granted::contains);
    }
}
