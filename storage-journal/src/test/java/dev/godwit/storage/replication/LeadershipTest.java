package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.append;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules 3, 4, 8, 9 and 10 of docs/replication.md: what a leader may, and until when. */
class LeadershipTest {
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
    void awaitsItsOwnDiskOnlyWhereOthersHaveMore() {
        HandTurnedReplica leader = started(A, ABC).serve(B);
        leader.acknowledge(C, 1);
        assertThat(leader.replica.awaitsDurable()).isFalse();
        leader.replica.propose(leader.millis, List.of(new Text("x"), new Text("y")));
        assertThat(leader.replica.awaitsDurable()).as("nobody else has it").isFalse();
        leader.acknowledge(B, 2);
        assertThat(leader.replica.awaitsDurable()).isTrue();
        leader.sync();
        assertThat(leader.committed).isEqualTo(2);
        assertThat(leader.replica.awaitsDurable()).isFalse();
        leader.acknowledge(B, 3);
        assertThat(leader.committed).isEqualTo(3);

        HandTurnedReplica alone = started(A, Voters.of(A), 1);
        assertThat(alone.replica.role()).isEqualTo(Role.LEADER);
        assertThat(alone.replica.awaitsDurable()).isTrue();
        alone.sync();
        assertThat(alone.committed).isEqualTo(2);
        assertThat(alone.replica.awaitsDurable()).isFalse();
        HandTurnedReplica follower = started(B, ABC);
        follower.receive(A, append(1, 0, 0, 1));
        assertThat(follower.replica.awaitsDurable()).isTrue();
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
}
