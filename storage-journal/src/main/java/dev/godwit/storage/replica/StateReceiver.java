package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.StateRecord;
import org.jspecify.annotations.Nullable;

/**
 * Takes in the state that another copy sends, a piece after the other, and says which one is wanted next. When all of them
 * are handed to the journal the checkpoint that names the state may be installed. Owned by the copy's owner.
 *
 * <p>One state at a time: the first piece of another takes the place of what came of the one before. Nothing is known of one
 * after a stop: then its sender is told so, and begins again.
 */
final class StateReceiver {
    /** What is done with the records, and how answers go. */
    interface Port {
        void begin(long index, long epoch);

        /** False when there is no room now: nothing was taken. */
        boolean stage(StateRecord record);

        /** Nothing more comes of what was begun. */
        void abandon();

        void answer(ReplicaId to, StateMessage.Answer answer);
    }

    private final Port port;
    private @Nullable ReplicaId sender;

    /** Whose last transfer was the one of {@link #transfer}: its numbers go up, and what comes of older ones is late. */
    private @Nullable ReplicaId lastSender;

    private long transfer;
    private long index;
    private long epoch;
    private long wanted;
    private int recordsTaken;
    private long records;
    private boolean complete;

    StateReceiver(Port port) {
        this.port = port;
    }

    /** A piece came. Its bytes must last until its records are written. */
    void onPiece(ReplicaId from, StateMessage.Piece piece) {
        if (!isUnderWay(from, piece.transfer())) {
            boolean isOld = from.equals(lastSender) && piece.transfer() <= transfer;
            if (piece.number() != 0 || isOld) {
                port.answer(from, new StateMessage.Answer(piece.transfer(), StateMessage.Answer.UNKNOWN));
                return;
            }
            begin(from, piece);
        }
        if (piece.number() == wanted && !complete) {
            take(piece);
        }
        port.answer(from, new StateMessage.Answer(transfer, wanted));
    }

    private boolean isUnderWay(ReplicaId from, long ofTransfer) {
        return from.equals(sender) && transfer == ofTransfer;
    }

    private void begin(ReplicaId from, StateMessage.Piece piece) {
        sender = from;
        lastSender = from;
        transfer = piece.transfer();
        index = piece.index();
        epoch = piece.epoch();
        wanted = 0;
        recordsTaken = 0;
        records = 0;
        complete = false;
        port.begin(index, epoch);
    }

    /** Where there is no room for all of it, the rest is taken when it comes again. */
    private void take(StateMessage.Piece piece) {
        while (recordsTaken < piece.records().size()) {
            if (!port.stage(piece.records().get(recordsTaken))) {
                return;
            }
            recordsTaken++;
            records++;
        }
        recordsTaken = 0;
        wanted++;
        complete = piece.last();
    }

    /** Whether the whole state that the checkpoint names is handed to the journal. If not, its sender is told. */
    boolean isComplete(ReplicaId from, Checkpoint checkpoint) {
        StateHandle handle = handleOf(checkpoint);
        boolean whole = handle != null
                && isUnderWay(from, handle.transfer())
                && complete
                && handle.records() == records
                && checkpoint.index() == index
                && checkpoint.epoch() == epoch;
        if (!whole && handle != null) {
            long known = isUnderWay(from, handle.transfer()) ? wanted : StateMessage.Answer.UNKNOWN;
            port.answer(from, new StateMessage.Answer(handle.transfer(), known));
        }
        return whole;
    }

    private static @Nullable StateHandle handleOf(Checkpoint checkpoint) {
        try {
            return checkpoint.payload() instanceof CheckpointState state ? StateHandle.of(state) : null;
        } catch (DamagedFormatException e) {
            return null;
        }
    }

    /** Senders may begin to count anew. */
    void forget() {
        end(false);
        lastSender = null;
    }

    /** The state was installed, or will not be: it is known no more. */
    void end(boolean installed) {
        if (sender != null && !installed) {
            port.abandon();
        }
        sender = null;
        complete = false;
    }
}
