package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.REFUSAL_MILLIS;
import static dev.godwit.storage.replication.HandTurnedReplica.append;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static dev.godwit.storage.replication.HandTurnedReplica.voteRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import org.junit.jupiter.api.Test;

/** Rules 1, 8 and 11 of docs/replication.md: for whom a replica votes, and when. */
class VotingTest {
    /** One that votes: its start is a while ago. */
    private static HandTurnedReplica voter(long... epochs) {
        HandTurnedReplica voter = started(A, ABC, epochs);
        voter.millis += REFUSAL_MILLIS;
        return voter;
    }

    @Test
    void votesWhenTheVoteIsOnStableStorage() {
        HandTurnedReplica voter = voter();
        voter.receive(B, voteRequest(3, 0, 0));
        assertThat(voter.sent).isEmpty();
        voter.sync();
        assertThat(voter.hardState.vote()).isEqualTo(B);
        assertThat(voter.last(VoteResponse.class, B)).isEqualTo(new VoteResponse(3, false, true));
    }

    @Test
    void votesOnceInAnEpoch() {
        HandTurnedReplica voter = voter();
        voter.receive(B, voteRequest(3, 0, 0));
        voter.receive(C, voteRequest(3, 0, 0));
        voter.receive(B, voteRequest(3, 0, 0));
        voter.sync();
        assertThat(voter.last(VoteResponse.class, C).granted()).isFalse();
        assertThat(voter.take(VoteResponse.class, B)).allMatch(VoteResponse::granted);
    }

    @Test
    void votesForLogsThatAreAsNewOnly() {
        HandTurnedReplica voter = voter(1, 2);
        voter.receive(B, voteRequest(3, 1, 2));
        voter.receive(B, voteRequest(4, 9, 1));
        voter.receive(C, voteRequest(5, 2, 2));
        voter.sync();
        assertThat(voter.take(VoteResponse.class, B)).noneMatch(VoteResponse::granted);
        assertThat(voter.last(VoteResponse.class, C).granted()).isTrue();
    }

    @Test
    void votesForNobodyAfterItsStart() {
        HandTurnedReplica voter = started(A, ABC);
        voter.pass(REFUSAL_MILLIS - 1);
        voter.receive(B, voteRequest(3, 0, 0));
        assertThat(voter.last(VoteResponse.class, B).granted()).isFalse();
        assertThat(voter.replica.epoch()).isZero();
        voter.millis++;
        voter.receive(B, voteRequest(3, 0, 0));
        voter.sync();
        assertThat(voter.last(VoteResponse.class, B).granted()).isTrue();
    }

    @Test
    void votesAtOnceWhenItWasDownForLong() {
        HandTurnedReplica voter = HandTurnedReplica.startedAfter(REFUSAL_MILLIS - 100, A, ABC);
        voter.millis += 99;
        voter.receive(B, voteRequest(3, 0, 0));
        assertThat(voter.last(VoteResponse.class, B).granted()).isFalse();
        voter.millis++;
        voter.receive(B, voteRequest(3, 0, 0));
        voter.sync();
        assertThat(voter.last(VoteResponse.class, B).granted()).isTrue();
    }

    @Test
    void votesForNobodyAfterItHeardALeaderUnlessThatAsksForIt() {
        HandTurnedReplica voter = voter();
        voter.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        voter.sync();
        voter.millis += REFUSAL_MILLIS - 1;
        voter.receive(C, voteRequest(2, 0, 0));
        voter.receive(C, new VoteRequest(2, 0, 0, true, false));
        assertThat(voter.take(VoteResponse.class, C)).hasSize(2).noneMatch(VoteResponse::granted);
        voter.receive(C, new VoteRequest(2, 0, 0, false, true));
        voter.sync();
        assertThat(voter.last(VoteResponse.class, C).granted()).isTrue();
    }

    @Test
    void neitherVotesNorCampaignsUntilItHasWhatItLost() {
        HandTurnedReplica damaged = HandTurnedReplica.damaged(A, ABC, Rules.RAFT, 1);
        damaged.pass(5_000);
        assertThat(damaged.replica.role()).isEqualTo(Role.FOLLOWER);
        damaged.receive(B, new VoteRequest(2, 5, 1, true, false));
        damaged.receive(B, voteRequest(2, 5, 1));
        damaged.sync();
        assertThat(damaged.take(VoteResponse.class, B)).hasSize(2).noneMatch(VoteResponse::granted);

        damaged.receive(B, new AppendRequest(2, 1, 1, append(2, 1, 1, 1, 2).entries(), 3, 0));
        damaged.sync();
        assertThat(damaged.replica.isRepairing())
                .as("the leader has not heard of the restart")
                .isTrue();
        damaged.receive(B, new Heartbeat(2, 1, 2, 1, 0));
        assertThat(damaged.replica.isRepairing())
                .as("what it says is committed is of an older epoch")
                .isTrue();
        damaged.receive(B, new Heartbeat(2, 2, 3, 1, 0));
        assertThat(damaged.hardState.repairing()).isFalse();
        assertThat(damaged.replica.isRepairing()).isFalse();
    }
}
