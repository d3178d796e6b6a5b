package dev.godwit.storage.segment;

import static dev.godwit.storage.segment.Append.Kind.INSTALL_STATE;
import static dev.godwit.storage.segment.Append.Kind.RESTATE;
import static dev.godwit.storage.segment.Append.Kind.STAGE;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.RecordCutter;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lays out in the batch what waits to be written, and notes where each record lies and what follows from it. Owned by the
 * writer thread.
 */
final class AppendLayout {
    /** Of laying out one batch: about as long as a sync takes. */
    private static final long NANOS_MAX = 400_000;

    private static final long DISTANCE_NANOS = 3_000;

    private final BatchBuilder batch;
    private final RecordCutter cutter;
    private final Gathering gathering;
    private final Announcement announcement;
    private final List<ShardTail> tails;
    private final SegmentLine segments;
    private final LiveRecords live;
    private final EntryLogs logs;
    private final StragglerMover mover;
    private final SegmentIndexing indexing;

    /** What the last batch had no room for, or not for all of it. */
    private @Nullable Append underWay;

    /** Where the first piece of the record lies that was begun last; generation 0 when nothing of it is written. */
    private long begunGeneration;

    private long begunOffset;

    /** @param tails of all shards that are in the log; those that come are added */
    AppendLayout(
            BatchBuilder batch,
            RecordCutter cutter,
            Gathering gathering,
            Announcement announcement,
            List<ShardTail> tails,
            SegmentLine segments,
            LiveRecords live,
            EntryLogs logs,
            StragglerMover mover,
            SegmentIndexing indexing) {
        this.batch = batch;
        this.cutter = cutter;
        this.gathering = gathering;
        this.announcement = announcement;
        this.tails = tails;
        this.segments = segments;
        this.live = live;
        this.logs = logs;
        this.mover = mover;
        this.indexing = indexing;
    }

    /** The last batch had no room for all: the next must follow. */
    boolean isUnderWay() {
        return underWay != null;
    }

    /** A piece of a record is written, and not all of it. */
    boolean isWithinRecord() {
        return cutter.isWithinRecord();
    }

    /** A large record counts among the live ones only when it is complete, but is needed from its first piece on. */
    long oldestNeeded() {
        return underWay == null || begunGeneration == 0 ? Long.MAX_VALUE : begunGeneration;
    }

    /**
     * Adds all that waits to the batch, and ends it for them.
     *
     * @param sinceNanos when the batch was begun
     * @return true when something is left for which the batch had no room
     */
    boolean addAppends(long sinceNanos) {
        boolean blocked = !addUnderWay() || !addWaiting(sinceNanos);
        gathering.onBatch();
        return blocked;
    }

    private boolean addUnderWay() {
        if (underWay == null || add(underWay)) {
            underWay = null;
            return true;
        }
        return false;
    }

    private boolean addWaiting(long sinceNanos) {
        // What is there already belongs in this batch, however long this thread was away.
        gathering.count();
        do {
            for (Append append = gathering.next(); append != null; append = gathering.next()) {
                begunGeneration = 0;
                if (!add(append)) {
                    underWay = append;
                    return false;
                }
            }
        } while (hasMore(sinceNanos));
        return true;
    }

    /**
     * Takes into the batch what comes while it is being laid out, as long as that takes no longer than a sync does. It also
     * waits for the rest of what is appended in one turn: half a burst now, and half in a sync of its own, is slower.
     */
    private boolean hasMore(long sinceNanos) {
        while (System.nanoTime() - sinceNanos <= NANOS_MAX) {
            boolean turnUnderWay = announcement.isTurnUnderWay();
            if (gathering.hasMore()) {
                return true;
            }
            if (!turnUnderWay) {
                return false;
            }
            keepDistance();
        }
        return false;
    }

    /** Close behind who appends, each would wait for the other's memory. */
    @SuppressWarnings("ThreadPriorityCheck") // the shard's owner may wait for this very processor
    private static void keepDistance() {
        long sinceNanos = System.nanoTime();
        while (System.nanoTime() - sinceNanos < DISTANCE_NANOS) {
            Thread.onSpinWait();
        }
        Thread.yield();
    }

    /** True when nothing is left to be written of it. */
    private boolean add(Append append) {
        ShardTail tail = append.tail();
        JournalRecord record = append.record();
        boolean complete = true;
        switch (append.kind()) {
            case RECORD, RESTATE, STAGE -> complete = addRecord(append, tail, Objects.requireNonNull(record));
            case RELEASE -> live.release(tail.shard(), append.index());
            case COMMIT -> logs.commit(tail, append.index(), mover.recordsMoved());
            case COVER -> tail.entriesThere().cover(append.index());
            case ABANDON_STATE -> logs.abandonState(tail.shard());
            case REPLICATE, TRUNCATE, BEGIN_STATE, INSTALL_STATE -> complete = addMark(append, tail);
        }
        if (complete) {
            tail.giveBack(append);
        }
        return complete;
    }

    private boolean addRecord(Append append, ShardTail tail, JournalRecord record) {
        Segment segment = segments.current();
        long offset = segment.endPosition() + batch.usedBytes();
        boolean complete = append == underWay ? cutter.goOn(batch) : begin(append, tail, record);
        if (begunGeneration == 0 && (complete || cutter.isWithinRecord())) {
            begunGeneration = segment.generation();
            begunOffset = offset;
            indexing.onRecordBegun(tail.shard(), append.index(), record, segment.endPosition());
        }
        if (!complete) {
            return false;
        }
        switch (append.kind()) {
            case RESTATE -> logs.onRestated();
            case STAGE ->
                logs.stage(tail.shard(), append.index(), record, begunGeneration, begunOffset, append.bytes());
            default -> onWritten(append, tail, record);
        }
        announcement.count(append);
        return true;
    }

    private boolean begin(Append append, ShardTail tail, JournalRecord record) {
        if (append.kind() == STAGE) {
            return cutter.writeStaged(batch, tail.shard(), append.index(), append.epoch(), record);
        }
        return cutter.write(batch, tail.shard(), append.index(), append.epoch(), record, append.kind() == RESTATE);
    }

    private void onWritten(Append append, ShardTail tail, JournalRecord record) {
        if (tail.lastIndex() == 0 && !tails.contains(tail)) {
            tails.add(tail);
        }
        tail.reached(append.index(), append.epoch());
        EntryLog entries = tail.entries();
        if (entries == null) {
            live.add(tail.shard(), append.index(), record, begunGeneration, begunOffset, append.bytes());
        } else {
            entries.append(new EntryLog.Open(
                    append.index(),
                    append.epoch(),
                    record,
                    begunGeneration,
                    begunOffset,
                    append.bytes(),
                    mover.recordsMoved()));
        }
        announcement.tell(append);
    }

    private boolean addMark(Append append, ShardTail tail) {
        int marks = append.kind() == INSTALL_STATE ? 2 : 1;
        if (!batch.hasRoomFor(marks * RecordView.HEADER_BYTES)) {
            return false;
        }
        switch (append.kind()) {
            case REPLICATE -> logs.replicate(tail, batch);
            case TRUNCATE -> logs.truncate(tail, append.index(), append.epoch(), batch);
            case BEGIN_STATE -> logs.beginState(tail, append.index(), append.epoch(), batch);
            case INSTALL_STATE -> logs.installState(tail, append.index(), append.epoch(), batch);
            default -> throw new IllegalStateException("no mark says " + append.kind());
        }
        if (!tails.contains(tail)) {
            tails.add(tail);
        }
        announcement.tell(append);
        announcement.count(append);
        return true;
    }
}
