package dev.godwit.storage.replica;

import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.Replica;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicaMessage;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import org.jspecify.annotations.Nullable;

/**
 * The states of a shard that go from or to a copy: given while it leads, taken from its leader. Owned by the copy's owner.
 */
final class StateTransfers {
    /** The copy, as far as this needs it. */
    interface Copy {
        /** Any thread: has it done on the owner, as an input of the copy. */
        void input(Runnable task);

        /** A checkpoint that was not there is there now. */
        void onCheckpointThere();
    }

    private final int shard;
    private final CopyPlace place;
    private final ReplicaLines lines;
    private final StateGiving giving;
    private final StateTaking taking;

    StateTransfers(int shard, CopyPlace place, CopyWrites writes, ReplicaLines lines, Copy copy) {
        this.shard = shard;
        this.place = place;
        this.lines = lines;
        giving = new StateGiving(shard, place, copy, (to, piece) -> send(to, piece, false));
        taking = new StateTaking(shard, place.store(), writes, (to, answer) -> send(to, answer, true));
    }

    private void send(ReplicaId to, StateMessage message, boolean urgent) {
        lines.send(shard, to, StateMessage.encode(shard, place.self(), to, message), urgent);
    }

    /** @param leader whom this copy follows */
    void onMessage(ReplicaId from, StateMessage message, @Nullable ReplicaId leader, long nowMillis) {
        if (message instanceof StateMessage.Piece piece) {
            taking.onPiece(from, leader, piece, nowMillis);
        } else if (message instanceof StateMessage.Answer answer) {
            giving.onAnswer(from, answer, nowMillis);
        }
    }

    /** Whether the replica may be given the message: a checkpoint only when the state that it names is here. */
    boolean mayHear(ReplicaId from, ReplicaMessage message, long commitIndex) {
        return !(message instanceof CheckpointRequest request) || taking.mayInstall(from, request, commitIndex);
    }

    /** See {@link StateGiving#checkpointFor}. */
    @Nullable
    Checkpoint checkpointFor(ReplicaId follower, long coverIndex, long nowMillis) {
        return giving.checkpointFor(follower, coverIndex, nowMillis);
    }

    /** The state that the checkpoint names is the shard's, from that write on. */
    void install(long sequence, Checkpoint checkpoint) {
        taking.install(sequence, checkpoint);
    }

    /** @param coverIndex up to here the log is covered here */
    void onTime(Replica replica, long coverIndex, long nowMillis) {
        if (!giving.isIdle()) {
            giving.onTime(replica.matchedIndices(), coverIndex, nowMillis);
        }
        taking.onTime(nowMillis);
    }

    /** See {@link StateGiving#neededFrom}. */
    long neededFrom() {
        return giving.neededFrom();
    }

    /** Another leader, or none. */
    void onRole() {
        giving.end();
        taking.onOtherLeader();
    }
}
