package dev.godwit.storage.replica;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.StateCapture;
import dev.godwit.storage.segment.StatePiece;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the state of a shard to one other copy: captures it, then sends a few pieces ahead of the answers, and those again that
 * are not answered. When the last one is answered the checkpoint follows that names the state. Owned by the copy's owner; made
 * for one transfer.
 */
final class StateSender {
    static final int PIECE_BYTES_MAX = 256 << 10;
    private static final int AHEAD_MAX = 4;
    private static final long AGAIN_MILLIS = 1_000;

    /** With nothing new answered for so long it is given up. */
    private static final long STALLED_MILLIS_MAX = 60_000;

    /** For how long segments are kept for a transfer. */
    static final long CAPTURE_MILLIS_MAX = 3_600_000;

    /** What it needs. Each consumer is called on the copy's owner, later or at once. */
    interface Port {
        void capture(long millisMax, Consumer<StateCapture> whenTaken);

        void read(StateCapture capture, int bytesMax, Consumer<StatePiece> whenRead);

        void end(StateCapture capture);

        void send(ReplicaId to, StateMessage.Piece piece);

        /** The checkpoint may be sent, and is to be sent again whenever this is called again. */
        void sendCheckpoint(ReplicaId to, StateCapture capture, StateHandle handle);
    }

    /** What has become of it. */
    enum Progress {
        /** The moment is being taken. */
        CAPTURING,
        /** Pieces are read, sent and answered. */
        SENDING,
        /** All pieces have been answered; whether the checkpoint was taken, its answer says. */
        SENT,
        /** It came to nothing, or was stopped: another one may be begun. */
        ENDED
    }

    private final ReplicaId to;
    private final long transfer;
    private final long indexMin;
    private final Port port;
    private final ArrayDeque<StateMessage.Piece> unanswered = new ArrayDeque<>();
    private Progress progress = Progress.CAPTURING;
    private @Nullable StateCapture capture;
    private @Nullable String problem;
    private long nextNumber;
    private long records;
    private boolean reading;
    private boolean lastRead;
    private long silentSinceMillis;
    private long advancedMillis;

    /**
     * Begins nothing yet.
     *
     * @param transfer a number that this journal's copy has given to no other transfer since it was started
     * @param indexMin a state from before that entry is of no use, since the log that would follow is not kept
     */
    StateSender(ReplicaId to, long transfer, long indexMin, Port port) {
        this.to = to;
        this.transfer = transfer;
        this.indexMin = indexMin;
        this.port = port;
    }

    Progress progress() {
        return progress;
    }

    ReplicaId to() {
        return to;
    }

    /** The state that is being sent; null while its moment is being taken, and after the end. */
    @Nullable
    StateCapture capture() {
        return capture;
    }

    void begin(long nowMillis) {
        silentSinceMillis = nowMillis;
        advancedMillis = nowMillis;
        port.capture(CAPTURE_MILLIS_MAX, this::onTaken);
    }

    private void onTaken(StateCapture taken) {
        capture = taken;
        if (progress == Progress.ENDED || taken.problem() != null) {
            stop(taken.problem());
            return;
        }
        if (taken.index() < indexMin) {
            stop("the writer is behind");
            return;
        }
        progress = Progress.SENDING;
        readAhead();
    }

    private void readAhead() {
        StateCapture from = capture;
        if (from == null || progress != Progress.SENDING || reading || lastRead || unanswered.size() >= AHEAD_MAX) {
            return;
        }
        reading = true;
        port.read(from, PIECE_BYTES_MAX, this::onRead);
    }

    private void onRead(StatePiece piece) {
        reading = false;
        StateCapture from = capture;
        if (from == null || progress != Progress.SENDING) {
            return;
        }
        if (piece.problem() != null) {
            stop(piece.problem());
            return;
        }
        var next = new StateMessage.Piece(
                transfer, from.index(), from.epoch(), nextNumber++, piece.last(), piece.records());
        records += piece.records().size();
        lastRead = piece.last();
        unanswered.addLast(next);
        port.send(to, next);
        readAhead();
    }

    /** The other copy says which piece it wants. */
    void onAnswer(long nowMillis, StateMessage.Answer answer) {
        if (answer.transfer() != transfer || progress == Progress.ENDED) {
            return;
        }
        boolean isBehind = unanswered.isEmpty()
                ? answer.wanted() < nextNumber
                : answer.wanted() < unanswered.getFirst().number();
        if (answer.wanted() == StateMessage.Answer.UNKNOWN
                && (nextNumber > unanswered.size() || progress == Progress.SENT)) {
            // It was stopped, or another one has sent it something: what it had is gone.
            stop("what it had of it is gone");
            return;
        }
        if (isBehind) {
            return;
        }
        while (!unanswered.isEmpty() && unanswered.getFirst().number() < answer.wanted()) {
            unanswered.removeFirst();
            silentSinceMillis = nowMillis;
            advancedMillis = nowMillis;
        }
        if (progress == Progress.SENDING && lastRead && unanswered.isEmpty()) {
            progress = Progress.SENT;
            sendCheckpoint();
        }
        readAhead();
    }

    /** Time passes: what was not answered is sent again, and given up in the end. */
    void onTime(long nowMillis) {
        if (nowMillis - advancedMillis >= STALLED_MILLIS_MAX) {
            stop("it has taken nothing for " + STALLED_MILLIS_MAX + " ms");
        }
        if (progress == Progress.ENDED || nowMillis - silentSinceMillis < AGAIN_MILLIS) {
            return;
        }
        silentSinceMillis = nowMillis;
        unanswered.forEach(piece -> port.send(to, piece));
        if (progress == Progress.SENT) {
            sendCheckpoint();
        }
    }

    private void sendCheckpoint() {
        StateCapture from = capture;
        if (from != null) {
            port.sendCheckpoint(to, from, new StateHandle(transfer, records));
        }
    }

    /** It is not needed any more. */
    void stop() {
        stop(null);
    }

    /** Why it came to nothing; null when it was stopped, or has not ended. */
    @Nullable
    String problem() {
        return problem;
    }

    private void stop(@Nullable String why) {
        if (progress != Progress.ENDED) {
            problem = why;
        }
        progress = Progress.ENDED;
        unanswered.clear();
        StateCapture from = capture;
        capture = null;
        if (from != null) {
            port.end(from);
        }
    }
}
