package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.D;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader sends to each of its followers, and what it keeps for them. */
class FollowerProgressTest {
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
    void gathersWhatComesBeforeTheLastIsAnswered() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        propose(leader, 1);
        leader.sent.clear();
        for (int i = 0; i < 10; i++) {
            propose(leader, 1);
        }
        assertThat(leader.take(AppendRequest.class, B)).isEmpty();
        leader.acknowledge(B, 2);
        assertThat(leader.take(AppendRequest.class, B))
                .singleElement()
                .satisfies(request -> assertThat(request.entries()).hasSize(10));
        propose(leader, 63);
        assertThat(leader.take(AppendRequest.class, B)).isEmpty();
        propose(leader, 1);
        assertThat(leader.take(AppendRequest.class, B))
                .as("much is not held back")
                .singleElement()
                .satisfies(request -> assertThat(request.entries()).hasSize(64));
    }

    @Test
    void waitsOnNoMoreThanAMajorityNeeds() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.acknowledge(C, 1);
        leader.pass(25);
        leader.sent.clear();
        propose(leader, 1);
        assertThat(leader.take(AppendRequest.class, B)).hasSize(1);
        assertThat(leader.take(AppendRequest.class, C)).isEmpty();
        propose(leader, 63);
        assertThat(leader.take(AppendRequest.class, C))
                .as("much is not held back")
                .singleElement()
                .satisfies(request -> assertThat(request.entries()).hasSize(64));
        propose(leader, 1);
        leader.pass(25);
        assertThat(leader.take(AppendRequest.class, C)).as("nor for long").hasSize(1);
    }

    @Test
    void staysWithWhoAnsweredSooner() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.acknowledge(C, 1);
        propose(leader, 1);
        leader.pass(25);
        leader.acknowledge(C, 2);
        leader.sent.clear();
        propose(leader, 1);
        assertThat(leader.take(AppendRequest.class, C))
                .as("before the next tick")
                .hasSize(1);
        leader.acknowledge(C, 3);
        leader.acknowledge(B, 2);
        leader.pass(25);
        leader.acknowledge(B, 3);
        leader.pass(25);
        leader.sent.clear();
        propose(leader, 1);
        assertThat(leader.take(AppendRequest.class, C))
                .as("also when they are equal")
                .hasSize(1);
        assertThat(leader.take(AppendRequest.class, B)).isEmpty();
    }

    @Test
    void holdsNothingBackBehindWhatIsLong() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        Payload large = () -> 200_000;
        leader.sent.clear();
        for (int i = 0; i < 3; i++) {
            leader.replica.propose(leader.millis, List.of(large));
        }
        assertThat(leader.take(AppendRequest.class, B)).hasSize(3);
    }

    @Test
    void waitsOnAnotherWhenOneDoesNotAnswer() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.acknowledge(C, 1);
        propose(leader, 1);
        leader.pass(25);
        leader.acknowledge(C, 2);
        leader.pass(25);
        leader.sent.clear();
        propose(leader, 1);
        assertThat(leader.take(AppendRequest.class, C)).hasSize(1);
        assertThat(leader.take(AppendRequest.class, B)).isEmpty();
    }

    private static void propose(HandTurnedReplica leader, int entries) {
        leader.replica.propose(leader.millis, Collections.nCopies(entries, new Text("x")));
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
}
