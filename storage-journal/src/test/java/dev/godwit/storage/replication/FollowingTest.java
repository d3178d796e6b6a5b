package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.append;
import static dev.godwit.storage.replication.HandTurnedReplica.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Rules 5 and 6 of docs/replication.md: what a follower does with what its leader sends. */
class FollowingTest {
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
    void isNobodyElseOnTheSameNode() {
        HandTurnedReplica follower = started(A, ABC);
        ReplicaId before = new ReplicaId(A.nodeId(), new UUID(1, 1));
        follower.replica.onMessage(follower.millis, B, before, append(1, 0, 0, 1));
        assertThat(follower.replica.lastIndex()).isZero();
        assertThat(follower.replica.epoch()).isZero();
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
