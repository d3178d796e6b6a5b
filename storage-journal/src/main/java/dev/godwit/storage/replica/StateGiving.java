package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.record.JournalRecord.VotersNamed;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.segment.StateCapture;
import dev.godwit.storage.segment.StatePiece;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the state of a shard to the copies that are too far behind, while this one leads. A few states are on their way from a
 * node at a time, of whichever shards: who comes next waits, and is asked for again by the replica. Owned by the copy's owner.
 *
 * <p>The first time that a checkpoint is wanted for a follower its transfer begins; once all pieces have been taken there, the
 * checkpoint is there. Until the follower has installed it no entry behind the state may be covered here: {@link #neededFrom}.
 */
final class StateGiving implements StateSender.Port {
    private static final Logger LOG = LoggerFactory.getLogger(StateGiving.class);

    /** After one that came to nothing none is begun for a moment. */
    private static final long PAUSE_MILLIS = 1_000;

    /** One that is under way; its place among those of the node is taken. */
    private static final class Transfer {
        final StateSender sender;
        final long coverIndex;

        @Nullable
        Checkpoint checkpoint;

        Transfer(StateSender sender, long coverIndex) {
            this.sender = sender;
            this.coverIndex = coverIndex;
        }
    }

    private final int shard;
    private final JournalStore store;

    /** For all transfers that a node gives at a time. */
    private final Semaphore places;

    private final StateTransfers.Copy copy;
    private final BiConsumer<ReplicaId, StateMessage.Piece> line;
    private final Map<ReplicaId, Transfer> transfers = new TreeMap<>();
    private long lastNumber;
    private long pausedUntilMillis = Long.MIN_VALUE;

    StateGiving(int shard, CopyPlace place, StateTransfers.Copy copy, BiConsumer<ReplicaId, StateMessage.Piece> line) {
        this.shard = shard;
        this.copy = copy;
        this.line = line;
        store = place.store();
        places = place.states();
    }

    /**
     * The checkpoint that names the state which the follower has been given; null until it has. Then that is begun, if there is
     * a place.
     *
     * @param coverIndex up to here the log is covered
     */
    @Nullable
    Checkpoint checkpointFor(ReplicaId follower, long coverIndex, long nowMillis) {
        Transfer known = transfers.get(follower);
        if (known != null) {
            return known.checkpoint;
        }
        if (nowMillis >= pausedUntilMillis && places.tryAcquire()) {
            var sender = new StateSender(follower, ++lastNumber, coverIndex, this);
            transfers.put(follower, new Transfer(sender, coverIndex));
            LOG.info("{} needs entries of shard {} that are not kept, and is given its state", follower, shard);
            sender.begin(nowMillis);
        }
        return null;
    }

    boolean isIdle() {
        return transfers.isEmpty();
    }

    /** A follower says how far its state has come. */
    void onAnswer(ReplicaId from, StateMessage.Answer answer, long nowMillis) {
        Transfer known = transfers.get(from);
        if (known != null) {
            known.sender.onAnswer(nowMillis, answer);
        }
    }

    /**
     * Time passes.
     *
     * @param matched up to where each of the others has the log
     * @param coverIndex as in {@link #checkpointFor}
     */
    void onTime(Map<ReplicaId, Long> matched, long coverIndex, long nowMillis) {
        // Meanwhile another one may begin.
        for (Transfer each : List.copyOf(transfers.values())) {
            StateSender sender = each.sender;
            Long has = matched.get(sender.to());
            sender.onTime(nowMillis);
            if (has == null || has >= coverIndex) {
                LOG.info(
                        "{} is given no state of shard {} any more: it has what it needs, or is gone",
                        sender.to(),
                        shard);
                sender.stop();
            } else if (sender.progress() == StateSender.Progress.ENDED) {
                LOG.warn("The state of shard {} has not come to {}: {}", shard, sender.to(), sender.problem());
                pausedUntilMillis = nowMillis + PAUSE_MILLIS;
            }
            if (sender.progress() == StateSender.Progress.ENDED) {
                transfers.remove(sender.to());
                places.release();
            }
        }
    }

    /** From this entry on the log is needed by those that are given a state; {@link Long#MAX_VALUE} when there are none. */
    long neededFrom() {
        long needed = Long.MAX_VALUE;
        for (Transfer each : transfers.values()) {
            StateCapture capture = each.sender.capture();
            needed = Math.min(needed, (capture == null ? each.coverIndex : capture.index()) + 1);
        }
        return needed;
    }

    /** This copy leads no more. */
    void end() {
        transfers.values().forEach(each -> {
            each.sender.stop();
            places.release();
        });
        transfers.clear();
    }

    @Override
    public void capture(long millisMax, Consumer<StateCapture> whenTaken) {
        store.log().capture(shard, millisMax, taken -> copy.input(() -> whenTaken.accept(taken)));
    }

    @Override
    public void read(StateCapture capture, int bytesMax, Consumer<StatePiece> whenRead) {
        store.log().readState(capture, bytesMax, piece -> copy.input(() -> whenRead.accept(piece)));
    }

    @Override
    public void end(StateCapture capture) {
        store.log().endCapture(capture);
    }

    @Override
    public void send(ReplicaId to, StateMessage.Piece piece) {
        line.accept(to, piece);
    }

    @Override
    public void sendCheckpoint(ReplicaId to, StateCapture capture, StateHandle handle) {
        Transfer known = transfers.get(to);
        if (known == null) {
            return;
        }
        if (known.checkpoint == null) {
            known.checkpoint = new Checkpoint(capture.index(), capture.epoch(), voters(capture), handle.toState());
            LOG.info(
                    "The state of shard {} after entry {}, {} records of {} bytes, is with {}",
                    shard,
                    capture.index(),
                    handle.records(),
                    capture.bytes(),
                    to);
        }
        copy.onCheckpointThere();
    }

    private static Voters voters(StateCapture capture) {
        VotersNamed named = capture.voters();
        try {
            return named == null ? Voters.NONE : VotersCodec.decode(named.voters());
        } catch (DamagedFormatException e) {
            throw new IllegalStateException("who the replicas of shard " + capture.shard() + " are makes no sense", e);
        }
    }
}
