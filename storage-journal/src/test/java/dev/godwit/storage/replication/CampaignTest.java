package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.REFUSAL_MILLIS;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static dev.godwit.storage.replication.HandTurnedReplica.voteRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules 2, 9 and 12 of docs/replication.md: when a replica wants to lead, and how it is elected. */
class CampaignTest {
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
    void triesSoonAfterItsStart() {
        HandTurnedReplica returned = HandTurnedReplica.startedAfter(REFUSAL_MILLIS, A, ABC);
        returned.pass(240);
        assertThat(returned.replica.role()).isEqualTo(Role.FOLLOWER);
        returned.pass(260);
        assertThat(returned.replica.role()).isEqualTo(Role.TRYING);
        returned.take(VoteRequest.class, B);
        returned.pass(980);
        assertThat(returned.take(VoteRequest.class, B)).as("then as ever").isEmpty();
    }

    /** All start at once, and would be in each other's way. */
    @Test
    void waitsAsLongAsEverAfterItsStartWhenItIsPatient() {
        HandTurnedReplica patient = HandTurnedReplica.patient(A, 2, Rules.RAFT);
        patient.pass(1_990);
        assertThat(patient.replica.role()).isEqualTo(Role.FOLLOWER);
        patient.pass(2_010);
        assertThat(patient.replica.role()).isEqualTo(Role.TRYING);
    }

    @Test
    void doesNotTryBeforeItWouldVote() {
        HandTurnedReplica returned = HandTurnedReplica.startedAfter(100, A, ABC);
        returned.pass(REFUSAL_MILLIS - 101);
        assertThat(returned.replica.role()).isEqualTo(Role.FOLLOWER);
        returned.pass(251);
        assertThat(returned.replica.role()).isEqualTo(Role.TRYING);
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
    void mayContendAgainAsSoonAsItsElectionIsLost() {
        HandTurnedReplica candidate = started(A, ABC);
        candidate.pass(2_100);
        candidate.receive(B, new VoteResponse(1, true, true));
        candidate.sync();
        candidate.receive(B, new VoteResponse(1, false, false));
        candidate.receive(B, new VoteResponse(1, false, false));
        assertThat(candidate.replica.role()).as("C may vote for it yet").isEqualTo(Role.CANDIDATE);
        candidate.receive(C, new VoteResponse(0, true, false));
        assertThat(candidate.replica.role()).as("that was the trial").isEqualTo(Role.CANDIDATE);
        candidate.receive(C, new VoteResponse(0, false, false));
        assertThat(candidate.replica.role()).as("C has heard another leader").isEqualTo(Role.FOLLOWER);
        candidate.sent.clear();
        candidate.replica.contend(candidate.millis);
        assertThat(candidate.take(VoteRequest.class, B))
                .containsExactly(new VoteRequest(2, candidate.replica.lastIndex(), 0, true, false));
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
        aside.pass(2_200);
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

    /** Who may try does not know yet that it votes: that entry is here. */
    @Test
    void triesThoughItStandsAsideWhenNobodyElseDoes() {
        HandTurnedReplica aside = started(A, ABC);
        aside.replica.standAside(aside.millis, true);
        aside.pass(4_600);
        assertThat(aside.replica.role()).isEqualTo(Role.TRYING);
        aside.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        aside.sync();
        aside.pass(2_900);
        assertThat(aside.replica.role()).as("there was a leader").isEqualTo(Role.FOLLOWER);
    }

    @Test
    void goesOnToLeadAsideUntilSomebodyTakesOver() {
        HandTurnedReplica aside = started(A, ABC).serve(B);
        long epoch = aside.replica.epoch();
        aside.replica.standAside(aside.millis, true);
        assertThat(aside.replica.role()).isEqualTo(Role.LEADER);
        aside.replica.leadAnew(aside.millis);
        assertThat(aside.replica.role()).as("in another epoch, too").isEqualTo(Role.CANDIDATE);
        assertThat(aside.replica.epoch()).isEqualTo(epoch + 1);
        aside.replica.standAside(aside.millis, true);
        assertThat(aside.replica.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void triesAsideWhenWhoTriesHasLessAndNobodyLeads() {
        HandTurnedReplica aside = started(A, ABC, 1, 1);
        aside.replica.standAside(aside.millis, true);
        aside.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        aside.receive(C, new VoteRequest(2, 1, 1, true, false));
        aside.pass(1_950);
        assertThat(aside.replica.role()).as("a leader was heard").isEqualTo(Role.FOLLOWER);
        aside.receive(C, new VoteRequest(2, 2, 1, true, false));
        aside.pass(950);
        assertThat(aside.replica.role()).as("C has as much").isEqualTo(Role.FOLLOWER);
        aside.receive(C, new VoteRequest(2, 1, 1, true, false));
        aside.pass(2_100);
        assertThat(aside.replica.role()).isEqualTo(Role.TRYING);
        aside.receive(B, new Heartbeat(2, 1, 0, 0, 0));
        aside.pass(2_900);
        assertThat(aside.replica.role()).as("B leads").isEqualTo(Role.FOLLOWER);
    }

    /** A node of a cluster that went on without it has found its way here. */
    @Test
    void followsNobodyWhenItDecidesAlone() {
        HandTurnedReplica sole = started(A, Voters.of(A), 4, 4);
        sole.sync();
        long epoch = sole.replica.epoch();
        sole.receive(B, voteRequest(epoch + 5, 9, epoch + 4));
        sole.receive(B, new Heartbeat(epoch + 6, 1, 0, 0, 0));
        sole.sync();
        assertThat(sole.replica.role()).isEqualTo(Role.LEADER);
        assertThat(sole.replica.epoch()).isEqualTo(epoch);
    }

    @Test
    void leadsAsideWhenThereIsNobodyElse() {
        HandTurnedReplica alone = started(A, Voters.of(A));
        alone.sync();
        alone.replica.leadAnew(alone.millis);
        alone.replica.standAside(alone.millis, true);
        alone.sync();
        assertThat(alone.replica.role()).isEqualTo(Role.LEADER);
    }
}
