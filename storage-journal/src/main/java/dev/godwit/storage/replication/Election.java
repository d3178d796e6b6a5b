package dev.godwit.storage.replication;

import java.util.HashSet;
import java.util.Set;

/** Who would vote for a replica, or has, in one epoch. Owned by its {@link Replica}. */
final class Election {
    private final long epoch;
    private final boolean trial;
    private final Rules rules;
    private final Set<ReplicaId> granted = new HashSet<>();

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

    boolean isWon(Majority majority, Voters voters) {
        return majority.isWon(voters, granted::contains);
    }
}
