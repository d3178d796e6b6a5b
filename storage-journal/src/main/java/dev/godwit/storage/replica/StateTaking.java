package dev.godwit.storage.replica;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.segment.StateRecord;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in the state of a shard that its leader sends, into the journal of this node, as fast as that is written. Owned by the
 * copy's owner.
 */
final class StateTaking implements StateReceiver.Port {
    private static final Logger LOG = LoggerFactory.getLogger(StateTaking.class);

    /** With nothing heard for so long what has come is dropped: until then no segment is freed, and no checkpoint taken. */
    private static final long SILENCE_MILLIS_MAX = 120_000;

    private final int shard;
    private final JournalStore store;
    private final CopyWrites writes;
    private final BiConsumer<ReplicaId, StateMessage.Answer> answers;
    private final StateReceiver receiver = new StateReceiver(this);
    private final RecordSize recordSize = new RecordSize();
    private long heardMillis;

    StateTaking(int shard, JournalStore store, CopyWrites writes, BiConsumer<ReplicaId, StateMessage.Answer> answers) {
        this.shard = shard;
        this.store = store;
        this.writes = writes;
        this.answers = answers;
    }

    /** A piece came, from {@code leader} or from one that leads no more. */
    void onPiece(ReplicaId from, @Nullable ReplicaId leader, StateMessage.Piece piece, long nowMillis) {
        // It comes again; and what would be written of it is no use while nothing of it can follow.
        boolean hasRoom = !store.log().space().isFull();
        if (from.equals(leader) && hasRoom) {
            heardMillis = nowMillis;
            receiver.onPiece(from, piece);
        }
    }

    /**
     * Whether the replica may be given the message: all of the state that it names is there, or the log is committed beyond that.
     * Else its sender is told what is missing.
     */
    boolean mayInstall(ReplicaId from, CheckpointRequest request, long commitIndex) {
        return request.checkpoint().index() <= commitIndex || receiver.isComplete(from, request.checkpoint());
    }

    /** What has come is the shard's state, from that write on. */
    void install(long sequence, Checkpoint checkpoint) {
        LOG.info("Shard {} goes on from the state after entry {}", shard, checkpoint.index());
        writes.installState(sequence, checkpoint.index(), checkpoint.epoch());
        receiver.end(true);
    }

    void onTime(long nowMillis) {
        if (nowMillis - heardMillis >= SILENCE_MILLIS_MAX) {
            receiver.end(false);
        }
    }

    /** Another leader, or none: whoever leads next begins again. */
    void onOtherLeader() {
        receiver.forget();
    }

    @Override
    public void begin(long index, long epoch) {
        LOG.info("Shard {} is given the state after entry {}", shard, index);
        writes.beginState(index, epoch);
    }

    @Override
    public boolean stage(StateRecord record) {
        long bytes = recordSize.of(record.record());
        long roomBytes = store.log().space().intakeRoomBytes();
        long bytesMax = Math.min(store.configuration().pendingBytesSoftMax(), roomBytes);
        if (bytes > roomBytes || !store.log().reserve(bytes, bytesMax)) {
            return false;
        }
        writes.stage(record, bytes);
        return true;
    }

    @Override
    public void abandon() {
        writes.abandonState();
    }

    @Override
    public void answer(ReplicaId to, StateMessage.Answer answer) {
        answers.accept(to, answer);
    }
}
