package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.D;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rule 7 of docs/replication.md: voters come and go. */
class VotersChangeTest {
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
}
