package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.D;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The rules of docs/replication.md, one replica at a time. */
class ReplicaTest {
    private static final long REFUSAL_MILLIS = 1_000;

    private static VoteRequest voteRequest(long epoch, long lastIndex, long lastEpoch) {
        return new VoteRequest(epoch, lastIndex, lastEpoch, false, false);
    }

    private static AppendRequest append(long epoch, long previousIndex, long previousEpoch, long... epochs) {
        List<LogEntry> entries = new ArrayList<>();
        for (long each : epochs) {
            entries.add(new LogEntry(previousIndex + 1 + entries.size(), each, new Text("of " + each)));
        }
        return new AppendRequest(epoch, previousIndex, previousEpoch, entries, 0, 1);
    }

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
    void raisesNoEpochBeforeAMajorityWouldVoteForIt() {
        HandTurnedReplica lonely = started(A, ABC);
        lonely.pass(20_000);
        assertThat(lonely.replica.epoch()).isZero();
        assertThat(lonely.replica.role()).isEqualTo(Role.TRYING);
        lonely.receive(B, new VoteResponse(1, true, true));
        assertThat(lonely.replica.role()).isEqualTo(Role.CANDIDATE);
        assertThat(lonely.replica.epoch()).isOne();
    }

    @Test
    void doesNotCountItsOwnVoteBeforeThatIsOnStableStorage() {
        HandTurnedReplica candidate = started(A, ABC);
        candidate.pass(2_100);
        candidate.receive(B, new VoteResponse(1, true, true));
        assertThat(candidate.take(VoteRequest.class, B)).allMatch(VoteRequest::trial);
        candidate.receive(B, new VoteResponse(1, false, true));
        assertThat(candidate.replica.role()).isEqualTo(Role.CANDIDATE);
        candidate.sync();
        assertThat(candidate.replica.role()).isEqualTo(Role.LEADER);
    }

    @Test
    void leadsAloneAtOnceInANewEpochAndMayAlwaysDeliver() {
        HandTurnedReplica sole = started(A, Voters.of(A), 4, 4);
        assertThat(sole.replica.role()).isEqualTo(Role.LEADER);
        assertThat(sole.replica.epoch()).isEqualTo(5);
        assertThat(sole.served).isZero();
        sole.sync();
        assertThat(sole.served).isEqualTo(5);
        assertThat(sole.committed).isEqualTo(3);
        assertThat(sole.replica.leaseUntilMillis()).isEqualTo(DeliveryLease.ALWAYS);
    }

    @Test
    void commitsWhatAMajorityHasOnStableStorage() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        assertThat(leader.committed).isOne();
        assertThat(leader.replica.propose(leader.millis, List.of(new Text("x"), new Text("y"))))
                .isEqualTo(2);
        leader.acknowledge(B, 2);
        assertThat(leader.committed).as("its own is not synced").isOne();
        leader.acknowledge(C, 2);
        assertThat(leader.committed).isEqualTo(2);
        leader.sync();
        assertThat(leader.committed).isEqualTo(2);
        leader.acknowledge(B, 3);
        assertThat(leader.committed).isEqualTo(3);
    }

    @Test
    void takesNoProposalsBeforeItsOwnEntryIsCommitted() {
        HandTurnedReplica leader = started(A, ABC, 1, 1).elect(B);
        assertThat(leader.replica.role()).isEqualTo(Role.LEADER);
        assertThatThrownBy(() -> leader.replica.propose(leader.millis, List.of(new Text("x"))))
                .isInstanceOf(IllegalStateException.class);
        leader.acknowledge(B, 2);
        assertThat(leader.committed).as("of an older epoch").isZero();
        leader.acknowledge(B, 3);
        assertThat(leader.committed).isEqualTo(3);
        assertThat(leader.replica.isOpen()).isTrue();
    }

    @Test
    void acknowledgesWhatIsOnStableStorage() {
        HandTurnedReplica follower = started(A, ABC);
        follower.receive(B, append(1, 0, 0, 1, 1));
        follower.receive(B, new Heartbeat(1, 4, 0, 1, 0));
        assertThat(follower.sent).as("not even the epoch is").isEmpty();
        follower.sync();
        assertThat(follower.last(AppendResponse.class, B)).isEqualTo(new AppendResponse(1, 1, true, 2, 0));
        follower.receive(B, append(1, 2, 1, 1));
        assertThat(follower.take(AppendResponse.class, B)).isEmpty();
        follower.receive(B, new Heartbeat(1, 5, 0, 1, 0));
        assertThat(follower.last(HeartbeatResponse.class, B))
                .as("the lease waits for no disk")
                .isEqualTo(new HeartbeatResponse(1, 5, 1, 3, 2, false));
    }

    @Test
    void dropsWhatTheLeaderDoesNotHave() {
        HandTurnedReplica follower = started(A, ABC, 1, 2, 2, 2);
        follower.receive(B, append(3, 2, 3, 3));
        follower.sync();
        assertThat(follower.last(AppendResponse.class, B))
                .as("nothing of epoch 2 need be tried")
                .isEqualTo(new AppendResponse(3, 1, false, 2, 1));
        follower.receive(B, append(3, 1, 1, 3));
        assertThat(follower.truncations).containsExactly(2L);
        assertThat(follower.take(AppendResponse.class, B)).isEmpty();
        follower.sync();
        assertThat(follower.last(AppendResponse.class, B)).isEqualTo(new AppendResponse(3, 1, true, 2, 0));
        assertThat(follower.log).extracting(LogEntry::epoch).containsExactly(1L, 3L);
    }

    @Test
    void keepsWhatALateMessageDoesNotMention() {
        HandTurnedReplica follower = started(A, ABC);
        follower.receive(B, append(1, 0, 0, 1, 1, 1));
        follower.receive(B, append(1, 0, 0, 1));
        assertThat(follower.truncations).isEmpty();
        assertThat(follower.replica.lastIndex()).isEqualTo(3);
    }

    @Test
    void tellsWhoWasDeposed() {
        HandTurnedReplica follower = started(A, ABC);
        follower.receive(B, new Heartbeat(4, 1, 0, 0, 0));
        follower.sync();
        follower.receive(C, append(3, 0, 0, 3));
        assertThat(follower.replica.lastIndex()).isZero();
        assertThat(follower.last(AppendResponse.class, C).epoch()).isEqualTo(4);

        HandTurnedReplica deposed = started(C, ABC).serve(B);
        deposed.receive(A, new AppendResponse(4, 1, false, 0, 0));
        assertThat(deposed.replica.role()).isEqualTo(Role.FOLLOWER);
        assertThat(deposed.replica.epoch()).isEqualTo(4);
    }

    @Test
    void isNobodyElseOnTheSameNode() {
        HandTurnedReplica follower = started(A, ABC);
        ReplicaId before = new ReplicaId(A.nodeId(), new UUID(1, 1));
        follower.replica.onMessage(follower.millis, B, before, append(1, 0, 0, 1));
        assertThat(follower.replica.lastIndex()).isZero();
        assertThat(follower.replica.epoch()).isZero();
    }

    @Test
    void countsTheLeaseFromWhenTheHeartbeatLeft() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.pass(100);
        long sentMillis = leader.millis;
        leader.answerHeartbeat(B);
        assertThat(leader.replica.leaseUntilMillis()).isLessThanOrEqualTo(sentMillis + 750);
        long before = leader.replica.leaseUntilMillis();
        leader.pass(60);
        leader.sent.clear();
        leader.pass(60);
        long leftMillis = leader.millis;
        Heartbeat heartbeat = leader.last(Heartbeat.class, C);
        leader.millis += 50;
        leader.receive(C, new HeartbeatResponse(1, heartbeat.round(), 1, 0, 0, false));
        assertThat(leader.replica.leaseUntilMillis()).isGreaterThan(before).isLessThanOrEqualTo(leftMillis + 750);
    }

    @Test
    void givesUpWhenNoMajorityAnswers() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        leader.pass(1_900);
        assertThat(leader.replica.role()).isEqualTo(Role.LEADER);
        leader.pass(200);
        assertThat(leader.replica.role()).isEqualTo(Role.FOLLOWER);
        assertThat(leader.leases).endsWith(DeliveryLease.NONE);
    }

    @Test
    void endsItsLeaseBeforeItHandsOver() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        assertThat(leader.replica.leaseUntilMillis()).isGreaterThan(leader.millis);
        leader.replica.propose(leader.millis, List.of(new Text("x")));
        assertThat(leader.replica.transferTo(leader.millis, B)).isEqualTo(ChangeAnswer.BEGUN);
        assertThat(leader.replica.isOpen()).isFalse();
        assertThat(leader.take(CampaignRequest.class, B)).isEmpty();
        leader.sync();
        leader.acknowledge(B, 2);
        assertThat(leader.take(CampaignRequest.class, B)).hasSize(1);
        assertThat(leader.leases).endsWith(DeliveryLease.NONE);
        leader.pass(200);
        leader.answerHeartbeat(B);
        assertThat(leader.replica.leaseUntilMillis()).isEqualTo(DeliveryLease.NONE);
        leader.pass(1_000);
        assertThat(leader.replica.role()).as("there is no way back").isEqualTo(Role.FOLLOWER);
    }

    @Test
    void leadsAnewInAnotherEpoch() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        leader.replica.propose(leader.millis, List.of(new Text("x")));
        leader.replica.leadAnew(leader.millis);
        assertThat(leader.leases).endsWith(DeliveryLease.NONE);
        assertThat(leader.replica.role()).isEqualTo(Role.CANDIDATE);
        leader.sync();
        assertThat(leader.last(VoteRequest.class, C)).isEqualTo(new VoteRequest(2, 2, 1, false, true));
        leader.receive(C, new VoteResponse(2, false, true));
        assertThat(leader.replica.role()).isEqualTo(Role.LEADER);
        assertThat(leader.replica.isServing()).isFalse();
        leader.sync();
        leader.acknowledge(C, 3);
        assertThat(leader.served).isEqualTo(2);
        assertThat(leader.committed).isEqualTo(3);
    }

    @Test
    void leadsAnewOnlyIfItLeads() {
        HandTurnedReplica follower = started(A, ABC);
        follower.replica.leadAnew(follower.millis);
        assertThat(follower.replica.role()).isEqualTo(Role.FOLLOWER);
        assertThat(follower.replica.epoch()).isZero();
    }

    @Test
    void campaignsWhenTheLeaderWantsIt() {
        HandTurnedReplica target = started(A, ABC);
        target.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        target.receive(C, new CampaignRequest(1));
        assertThat(target.replica.role()).as("not from anybody").isEqualTo(Role.FOLLOWER);
        target.receive(B, new CampaignRequest(1));
        target.sync();
        assertThat(target.last(VoteRequest.class, C)).isEqualTo(new VoteRequest(2, 0, 0, false, true));
    }

    @Test
    void waitsLongerWhenItIsPatientAndContendsWhenItIsTold() {
        HandTurnedReplica patient = HandTurnedReplica.patient(A, 3, Rules.RAFT);
        patient.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        patient.sync();
        patient.pass(2_900);
        assertThat(patient.replica.role()).isEqualTo(Role.FOLLOWER);
        patient.receive(B, new Heartbeat(1, 2, 0, 0, 0));
        patient.replica.contend(patient.millis + REFUSAL_MILLIS - 1);
        assertThat(patient.replica.role()).as("a leader was heard lately").isEqualTo(Role.FOLLOWER);
        patient.replica.contend(patient.millis + REFUSAL_MILLIS);
        assertThat(patient.replica.role()).isEqualTo(Role.TRYING);
        patient.sync();
        assertThat(patient.last(VoteRequest.class, C)).isEqualTo(new VoteRequest(2, 0, 0, true, false));
        patient.replica.contend(patient.millis + REFUSAL_MILLIS + 100);
        assertThat(patient.take(VoteRequest.class, C))
                .as("who was refused asks again")
                .isNotEmpty();
    }

    @Test
    void triesAtOnceWhenSomebodyTriesWhoHasLess() {
        HandTurnedReplica patient = HandTurnedReplica.patient(A, 3, Rules.RAFT, 1, 1);
        patient.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        patient.millis += REFUSAL_MILLIS;
        patient.receive(B, new VoteRequest(2, 2, 1, true, false));
        patient.pass(20);
        assertThat(patient.replica.role()).as("B has as much").isEqualTo(Role.FOLLOWER);
        patient.receive(B, new VoteRequest(2, 1, 1, true, false));
        patient.pass(20);
        assertThat(patient.replica.role()).isEqualTo(Role.TRYING);
    }

    @Test
    void doesNotLeadWhileItStandsAsideAndVotes() {
        HandTurnedReplica aside = started(A, ABC);
        aside.replica.standAside(aside.millis, true);
        aside.pass(20_000);
        assertThat(aside.replica.role()).isEqualTo(Role.FOLLOWER);
        aside.receive(B, voteRequest(1, 0, 0));
        aside.sync();
        assertThat(aside.last(VoteResponse.class, B).granted()).isTrue();
        aside.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        aside.receive(B, new CampaignRequest(1));
        assertThat(aside.replica.role()).as("nor when it is asked to").isEqualTo(Role.FOLLOWER);
        aside.replica.standAside(aside.millis, false);
        aside.pass(2_100);
        assertThat(aside.replica.role()).isEqualTo(Role.TRYING);
        aside.replica.standAside(aside.millis, true);
        assertThat(aside.replica.role()).isEqualTo(Role.FOLLOWER);
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

    @Test
    void forgetsWhatAFollowerSaidBeforeItsRestart() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.replica.propose(leader.millis, List.of(new Text("x")));
        leader.sync();
        leader.receive(C, new HeartbeatResponse(1, 1, 2, 0, 0, true));
        leader.receive(C, new AppendResponse(1, 1, true, 2, 0));
        assertThat(leader.committed).isOne();
        leader.receive(C, new AppendResponse(1, 2, true, 2, 0));
        assertThat(leader.committed).isEqualTo(2);
    }

    @Test
    void changesOneVoterAtATime() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        leader.answerHeartbeat(C);
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A))).isEqualTo(ChangeAnswer.TOO_MUCH);
        assertThat(leader.replica.changeVoters(leader.millis, ABC.withVoter(D))).isEqualTo(ChangeAnswer.NOT_READY);
        assertThat(leader.replica.changeVoters(leader.millis, ABC.without(C))).isEqualTo(ChangeAnswer.BEGUN);
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A))).isEqualTo(ChangeAnswer.BUSY);
        leader.sync();
        leader.acknowledge(C, 2);
        assertThat(leader.committed).as("who is out does not count").isOne();
        leader.acknowledge(B, 2);
        assertThat(leader.committed).isEqualTo(2);
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A))).isEqualTo(ChangeAnswer.BEGUN);
    }

    @Test
    void makesAVoterOfALearnerThatHasCaughtUp() {
        HandTurnedReplica leader = started(A, Voters.of(A));
        leader.sync();
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A).withLearner(D)))
                .isEqualTo(ChangeAnswer.BEGUN);
        leader.sync();
        assertThat(leader.committed).as("learners are not waited for").isEqualTo(2);
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A, D))).isEqualTo(ChangeAnswer.NOT_READY);
        leader.acknowledge(D, 2);
        leader.pass(100);
        leader.answerHeartbeat(D);
        assertThat(leader.replica.changeVoters(leader.millis, Voters.of(A, D))).isEqualTo(ChangeAnswer.BEGUN);
        leader.sync();
        assertThat(leader.committed).isEqualTo(2);
        assertThat(leader.replica.leaseUntilMillis())
                .as("it is not alone any more")
                .isLessThanOrEqualTo(leader.millis + 750);
        leader.acknowledge(D, 3);
        assertThat(leader.committed).isEqualTo(3);
    }

    @Test
    void leavesWhenItIsNoVoterAnyMore() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        leader.answerHeartbeat(C);
        assertThat(leader.replica.changeVoters(leader.millis, ABC.without(A))).isEqualTo(ChangeAnswer.BEGUN);
        leader.sync();
        leader.acknowledge(B, 2);
        assertThat(leader.replica.role()).isEqualTo(Role.LEADER);
        leader.acknowledge(C, 2);
        assertThat(leader.committed).isEqualTo(2);
        assertThat(leader.replica.role()).isEqualTo(Role.FOLLOWER);
        leader.pass(10_000);
        assertThat(leader.replica.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void campaignsWhileItIsNotKnownThatItIsNoVoterAnyMore() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.answerHeartbeat(B);
        leader.answerHeartbeat(C);
        assertThat(leader.replica.changeVoters(leader.millis, ABC.without(A))).isEqualTo(ChangeAnswer.BEGUN);
        leader.pass(2_100);
        assertThat(leader.replica.role()).isEqualTo(Role.FOLLOWER);
        leader.pass(2_100);
        leader.receive(B, new VoteResponse(2, true, true));
        assertThat(leader.replica.role()).as("its own vote is none").isEqualTo(Role.TRYING);
        leader.receive(C, new VoteResponse(2, true, true));
        assertThat(leader.replica.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void hasNoMoreInFlightThanItMay() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.readAtMost = 1;
        leader.sent.clear();
        for (int i = 0; i < 200; i++) {
            leader.replica.propose(leader.millis, List.of(new Text("x")));
        }
        assertThat(leader.take(AppendRequest.class, B)).hasSize(64);
        leader.acknowledge(B, 11);
        assertThat(leader.take(AppendRequest.class, B)).hasSize(10);
    }

    @Test
    void sendsAgainWhatWasLost() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.replica.propose(leader.millis, List.of(new Text("x")));
        leader.sent.clear();
        for (int round = 1; round <= 2; round++) {
            leader.receive(B, new HeartbeatResponse(1, round, 1, 1, 1, false));
        }
        assertThat(leader.last(AppendRequest.class, B).entries())
                .extracting(LogEntry::index)
                .containsExactly(2L);
    }

    @Test
    void givesACheckpointToWhoIsTooFarBehind() {
        HandTurnedReplica leader = started(A, ABC, 1, 1, 1).serve(B);
        leader.checkpoint = new Checkpoint(3, 1, ABC, new Text("state"));
        leader.replica.onCheckpointTaken(3);
        leader.receive(C, new AppendResponse(2, 1, false, 3, 0));
        CheckpointRequest request = leader.last(CheckpointRequest.class, C);

        HandTurnedReplica follower = started(C, ABC, 1);
        follower.receive(A, request);
        assertThat(follower.committed).isEqualTo(3);
        assertThat(follower.log).isEmpty();
        follower.sync();
        AppendResponse answer = follower.last(AppendResponse.class, A);
        assertThat(answer).isEqualTo(new AppendResponse(2, 1, true, 3, 0));
        leader.receive(C, answer);
        follower.receive(A, leader.last(AppendRequest.class, C));
        assertThat(follower.replica.lastIndex()).isEqualTo(4);
    }

    /** It was covered because all had it; but who was started again knows only that it has what it knows to be committed. */
    @Test
    void givesNoCheckpointToWhoHasTheLog() {
        HandTurnedReplica leader = started(A, ABC, 1, 1, 1).serve(B);
        leader.acknowledge(C, 4);
        leader.replica.onCheckpointTaken(3);
        HandTurnedReplica follower = started(C, ABC, 1, 1, 1);
        leader.sent.clear();
        for (int round = 1; round <= 3; round++) {
            leader.receive(C, new HeartbeatResponse(2, round, 2, 1, 1, false));
        }
        assertThat(leader.take(CheckpointRequest.class, C)).isEmpty();
        follower.receive(A, leader.last(AppendRequest.class, C));
        follower.sync();
        assertThat(follower.replica.lastIndex()).isEqualTo(4);
        assertThat(follower.last(AppendResponse.class, A)).isEqualTo(new AppendResponse(2, 1, true, 4, 0));
    }

    @Test
    void letsWhoNeedsACheckpointWaitWhileThereIsNone() {
        HandTurnedReplica leader = started(A, ABC, 1, 1, 1).serve(B);
        leader.replica.onCheckpointTaken(3);
        leader.receive(C, new AppendResponse(2, 1, false, 3, 0));
        leader.pass(1_000);
        assertThat(leader.take(CheckpointRequest.class, C)).isEmpty();
        leader.checkpoint = new Checkpoint(3, 1, ABC, new Text("state"));
        leader.pass(20);
        assertThat(leader.take(CheckpointRequest.class, C)).hasSize(1);
    }

    @Test
    void saysUpToWhereAllHaveTheLog() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.replica.propose(leader.millis, List.of(new Text("x"), new Text("y")));
        leader.acknowledge(B, 3);
        leader.acknowledge(C, 3);
        assertThat(leader.replica.mayCoverTo()).isEqualTo(1);
        leader.sync();
        assertThat(leader.replica.mayCoverTo()).isEqualTo(3);
        assertThat(leader.replica.matchedIndices()).containsEntry(B, 3L).containsEntry(C, 3L);
        leader.sent.clear();
        leader.pass(100);
        Heartbeat heartbeat = leader.last(Heartbeat.class, C);
        leader.answerHeartbeat(B);

        HandTurnedReplica follower = started(C, ABC);
        assertThat(follower.replica.mayCoverTo()).isZero();
        follower.receive(A, heartbeat);
        assertThat(follower.replica.mayCoverTo()).isEqualTo(3);
        follower.receive(B, new Heartbeat(9, 1, 0, 0, 0));
        assertThat(follower.replica.mayCoverTo()).isZero();

        leader.receive(C, new AppendResponse(1, 2, true, 2, 0));
        assertThat(leader.replica.mayCoverTo()).isEqualTo(2);
        assertThat(leader.replica.changeVoters(leader.millis, ABC.withLearner(D)))
                .isEqualTo(ChangeAnswer.BEGUN);
        assertThat(leader.replica.mayCoverTo()).isZero();
    }

    @Test
    void waitsForNobodyWithWhatWasReleased() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.replica.propose(leader.millis, List.of(new Text("x"), new Text("y")));
        leader.sync();
        leader.acknowledge(B, 3);
        assertThat(leader.replica.mayCoverTo()).isZero();
        leader.replica.release(2);
        leader.replica.release(1);
        assertThat(leader.replica.mayCoverTo()).isEqualTo(2);
        leader.pass(100);
        assertThat(leader.last(Heartbeat.class, C).coverIndex()).isEqualTo(2);
        leader.acknowledge(C, 3);
        assertThat(leader.replica.mayCoverTo()).isEqualTo(3);

        HandTurnedReplica follower = started(C, ABC);
        follower.replica.release(2);
        assertThat(follower.replica.mayCoverTo()).isZero();
    }

    @Test
    void refusesToForgetWhatIsCommitted() {
        HandTurnedReplica follower = started(A, ABC);
        follower.receive(B, append(1, 0, 0, 1, 1));
        follower.sync();
        follower.receive(B, new Heartbeat(1, 1, 2, 1, 0));
        assertThat(follower.committed).isEqualTo(2);
        assertThatThrownBy(() -> follower.receive(C, append(2, 0, 0, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("contradicts the committed entry 1");
    }
}
