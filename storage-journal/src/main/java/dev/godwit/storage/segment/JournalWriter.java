package dev.godwit.storage.segment;

import static dev.godwit.storage.segment.Append.Kind.INSTALL_STATE;
import static dev.godwit.storage.segment.Append.Kind.RESTATE;
import static dev.godwit.storage.segment.Append.Kind.STAGE;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordCutter;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes what has gathered in the queue, lays it out as one batch, writes and syncs that in
 * one go, tells each shard how far it is safe, and starts over: the next batch is what came in meanwhile. Every file
 * operation that fails ends it for good.
 */
final class JournalWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalWriter.class);
    private static final long SCAN_BYTES_MIN = 1024 * 1024;
    private static final int LINGER_BYTES_MIN = 128 * 1024;
    private static final long LINGER_NANOS = 2_000;
    private static final long LAY_OUT_NANOS_MAX = 400_000;
    private static final long DISTANCE_NANOS = 3_000;

    private final LogSettings settings;
    private final AppendQueue queue;
    private final SegmentSupply supply;
    private final SegmentLine segments;
    private final LiveRecords live;
    private final StragglerMover mover;
    private final RecordReads reads;
    private final Checkpointing checkpoints;
    private final SegmentRetention retention;
    private final SegmentIndexing indexing;
    private final WriterCounters counters;
    private final EntryLogs logs;

    private final BatchBuilder batch;
    private final RecordCutter cutter;
    private final ArrayDeque<Append> gathered = new ArrayDeque<>();
    private final ArrayList<ShardTail> tails = new ArrayList<>();
    private final ArrayList<ShardTail> touched = new ArrayList<>();

    private JournalFile file;
    private long nextSequence;
    private long lastBatchBytes;
    private long batchBegunMillis;
    private @Nullable Append underWay;
    private long underWayGeneration;
    private long underWayOffset;
    private boolean urgent;
    private long lazySinceNanos;
    private long layOutSinceNanos;
    private long gatheredBytes;
    private long completedBytes;
    private long completedRecords;
    private long oldestNeeded;

    private @Nullable IOException ended;

    private volatile boolean closing;
    private volatile @Nullable IOException backgroundFailure;

    JournalWriter(
            LogSettings settings,
            int alignmentBytes,
            AppendQueue queue,
            SegmentSupply supply,
            RecoveredLog log,
            JournalFile file,
            EntryLogs logs,
            StragglerMover mover,
            RecordReads reads,
            Checkpointing checkpoints,
            SegmentRetention retention,
            SegmentIndexing indexing,
            WriterCounters counters) {
        this.settings = settings;
        this.queue = queue;
        this.supply = supply;
        this.segments = log.segments();
        this.live = log.live();
        this.nextSequence = log.nextSequence();
        this.file = file;
        this.logs = logs;
        this.mover = mover;
        this.reads = reads;
        this.checkpoints = checkpoints;
        this.retention = retention;
        this.indexing = indexing;
        this.counters = counters;
        batch = new BatchBuilder(settings.batchBytes(), alignmentBytes);
        cutter = new RecordCutter(settings.chunkBytes());
        tails.addAll(log.tails().values());
        oldestNeeded = segments.oldest().generation();
        counters.onSpace(segments, 0);
    }

    /** Any thread: writes what was appended until now, then ends. */
    void close() {
        closing = true;
        queue.interruptSleep();
    }

    /** Any thread: a file operation has failed elsewhere. */
    void onBackgroundFailure(IOException failure) {
        backgroundFailure = failure;
        queue.interruptSleep();
    }

    @Override
    public void run() {
        queue.ownedBy(Thread.currentThread());
        try {
            while (step()) {
                // What is left to do, the next step finds.
            }
        } catch (DiskFullException e) {
            LOG.warn("Journal is closed, and {} bytes that waited for room are not written", queue.pendingBytes());
        } catch (IOException e) {
            ended = e;
        } catch (RuntimeException | Error e) {
            LOG.error("Journal writer broke", e);
            ended = new IOException("journal writer broke", e);
        } finally {
            closeFiles();
        }
    }

    /** Why {@link #run} ended, when not because of {@link #close}. */
    @Nullable
    IOException failure() {
        return ended;
    }

    /** A batch, or a sleep. False when all is written and {@link #close} was called. */
    private boolean step() throws IOException {
        ReplayRequest replay = queue.pollReplay();
        if (replay != null) {
            while (turn(true)) {
                // What was handed over before takes effect before.
            }
            replay.run(live, segments);
            return true;
        }
        boolean last = closing;
        if (turn(last)) {
            return true;
        }
        if (last) {
            logs.abandonStates();
            checkpoints.takeLast(tails, nextSequence);
            return false;
        }
        if (checkpoints.isReadyToGoOn()) {
            checkpoints.goOn();
            return true;
        }
        freeExpired();
        if (gathered.isEmpty()) {
            if (retention.isEmpty()) {
                queue.sleep();
            } else {
                queue.sleepLightly();
            }
        } else {
            queue.doze(lazyNanosLeft());
        }
        return true;
    }

    /** Writes a batch of what has gathered; false when there is nothing to write yet. */
    boolean turn(boolean last) throws IOException {
        failWithBackground();
        lookUp();
        gather();
        if (!mustWrite(last)) {
            return false;
        }
        writeBatch();
        return true;
    }

    private void failWithBackground() throws IOException {
        IOException failure = backgroundFailure;
        if (failure != null) {
            throw failure;
        }
    }

    /** Between batches: what was written before is on stable storage, and each record lies where it is said to. */
    void lookUp() {
        for (ReadRequest request = queue.pollRead(); request != null; request = queue.pollRead()) {
            request.resolve(live, logs.of(request.shard()), segments);
            reads.submit(request);
        }
        for (HistoryRequest request = queue.pollHistory(); request != null; request = queue.pollHistory()) {
            if (logs.of(request.shard()) != null) {
                request.missed("shard " + request.shard() + " is one of a majority, and its past is not told");
            } else {
                request.resolve(retention.kept(), segments);
            }
            reads.submit(request);
        }
        capture();
    }

    private void capture() {
        for (StateCapture capture = queue.pollCapture(); capture != null; capture = queue.pollCapture()) {
            if (capture.isClosed()) {
                retention.release(capture);
                capture.release();
                continue;
            }
            ShardTail tail = logs.tail(capture.shard());
            if (tail == null) {
                capture.lose("shard " + capture.shard() + " has no log of a majority");
            } else {
                capture.take(live.shard(capture.shard()), tail, segments, System.currentTimeMillis());
                retention.hold(capture);
            }
            reads.begin(capture);
        }
    }

    private void gather() {
        while (gatheredBytes < settings.batchBytes()) {
            Append append = queue.poll();
            if (append == null) {
                return;
            }
            if (gathered.isEmpty()) {
                lazySinceNanos = System.nanoTime();
            }
            gathered.add(append);
            gatheredBytes += append.bytes();
            urgent |= !append.lazy();
        }
    }

    private boolean mustWrite(boolean last) {
        return (urgent && !supply.space().isFull())
                || underWay != null
                || gatheredBytes >= settings.batchBytes()
                || (!gathered.isEmpty() && (last || lazyNanosLeft() <= 0))
                || (((last && logs.isMarkDue()) || checkpoints.isAwaitingMarks())
                        && !supply.space().isFull())
                || (!last && (mover.isDue() || logs.isRestatementDue() || oldestNeededNow() > oldestNeeded));
    }

    private long lazyNanosLeft() {
        return supply.space().gatherNanos(settings.lazySyncMillis()) - (System.nanoTime() - lazySinceNanos);
    }

    private void writeBatch() throws IOException {
        layOutSinceNanos = System.nanoTime();
        if (!beginBatch()) {
            roll();
            beginBatch();
        }
        batchBegunMillis = System.currentTimeMillis();
        if (segments.current().isFresh()) {
            for (ShardTail tail : tails) {
                batch.addShardTail(tail.shard(), tail.lastIndex(), tail.epoch());
            }
        }
        logs.addMarks(batch, segments.current().isFresh());
        boolean blocked = addMoved();
        if (underWay == null && !mover.isWithinRecord()) {
            logs.gatherRestated(gathered);
        }
        blocked |= addAppends();
        if (gathered.isEmpty()) {
            urgent = false;
        }
        long needed = logs.freed(oldestNeeded, oldestNeededNow(), batch);
        if (!batch.isEmpty() || needed > oldestNeeded) {
            write(needed);
        } else if (blocked) {
            roll();
        }
    }

    private boolean beginBatch() {
        Segment segment = segments.current();
        int tailBytes = segment.isFresh() ? tails.size() * RecordView.HEADER_BYTES : 0;
        int markBytes = logs.markBytes(segment.isFresh());
        if (segment.freeBytes() < BatchHeader.BYTES + tailBytes + markBytes + RecordView.HEADER_BYTES) {
            return false;
        }
        batch.begin(segment.salt(), segment.generation(), batchLimit());
        return true;
    }

    /** True when a record is left for which the batch had no room. */
    private boolean addAppends() {
        boolean complete = true;
        while (complete && (underWay != null || !gathered.isEmpty() || gatherMore())) {
            Append append = underWay == null ? start(gathered.remove()) : underWay;
            complete = append == null || add(append);
        }
        return !complete;
    }

    /**
     * Takes into the batch what comes while it is being laid out, as long as that takes no longer than a sync does. It also
     * waits for the rest of what is appended in one turn, and a large batch waits a moment for what follows on its heels:
     * half a burst now, and half in a sync of its own, is slower.
     */
    private boolean gatherMore() {
        long begin = System.nanoTime();
        if (begin - layOutSinceNanos > LAY_OUT_NANOS_MAX) {
            return false;
        }
        gather();
        while (gathered.isEmpty() && mayLinger(begin)) {
            gather();
        }
        return !gathered.isEmpty();
    }

    @SuppressWarnings("ThreadPriorityCheck") // the shard's owner may wait for this very processor
    private boolean mayLinger(long sinceNanos) {
        long now = System.nanoTime();
        if (isTurnUnderWay() && now - layOutSinceNanos < LAY_OUT_NANOS_MAX) {
            // Close behind who appends, each would wait for the other's memory.
            while (System.nanoTime() - now < DISTANCE_NANOS) {
                Thread.onSpinWait();
            }
            Thread.yield();
            return true;
        }
        if (batch.usedBytes() >= LINGER_BYTES_MIN && now - sinceNanos < LINGER_NANOS) {
            Thread.onSpinWait();
            return true;
        }
        return false;
    }

    private boolean isTurnUnderWay() {
        for (int i = 0; i < touched.size(); i++) {
            if (touched.get(i).exchange().isTurnUnderWay()) {
                return true;
            }
        }
        return false;
    }

    /** Null when there is nothing to write for it. */
    private @Nullable Append start(Append append) {
        gatheredBytes -= append.bytes();
        ShardTail tail = append.tail();
        JournalRecord record = append.record();
        switch (append.kind()) {
            case RELEASE -> live.release(tail.shard(), append.index());
            case COMMIT -> logs.commit(tail, append.index(), mover.recordsMoved());
            case COVER -> tail.entriesThere().cover(append.index());
            case ABANDON_STATE -> logs.abandonState(tail.shard());
            case REPLICATE, TRUNCATE, RECORD, RESTATE, BEGIN_STATE, STAGE, INSTALL_STATE -> {
                if (record != null && append.kind() == STAGE) {
                    cutter.startStaged(tail.shard(), append.index(), append.epoch(), record);
                } else if (record != null) {
                    cutter.start(tail.shard(), append.index(), append.epoch(), record, append.kind() == RESTATE);
                }
                underWay = append;
                underWayGeneration = 0;
                return append;
            }
        }
        tail.giveBack(append);
        return null;
    }

    /** True when the record is complete. */
    private boolean add(Append append) {
        JournalRecord record = append.record();
        if (record == null) {
            return addMark(append);
        }
        long offset = segments.current().endPosition() + batch.usedBytes();
        boolean complete = cutter.writeTo(batch);
        if (underWayGeneration == 0 && (complete || cutter.isWithinRecord())) {
            underWayGeneration = segments.current().generation();
            underWayOffset = offset;
            indexing.onRecordBegun(
                    append.tail().shard(),
                    append.index(),
                    record,
                    segments.current().endPosition(),
                    batchBegunMillis);
        }
        if (!complete) {
            return false;
        }
        if (append.kind() == RESTATE) {
            logs.onRestated();
        } else if (append.kind() == STAGE) {
            logs.stage(
                    append.tail().shard(), append.index(), record, underWayGeneration, underWayOffset, append.bytes());
        } else {
            onWritten(append);
        }
        completedBytes += append.bytes();
        completedRecords++;
        underWay = null;
        append.tail().giveBack(append);
        return true;
    }

    private void onWritten(Append append) {
        ShardTail tail = append.tail();
        JournalRecord record = append.record();
        if (tail.lastIndex() == 0 && !tails.contains(tail)) {
            tails.add(tail);
        }
        tail.reached(append.index(), append.epoch());
        EntryLog entries = tail.entries();
        if (record != null && entries == null) {
            live.add(tail.shard(), append.index(), record, underWayGeneration, underWayOffset, append.bytes());
        } else if (record != null) {
            tail.entriesThere()
                    .append(new EntryLog.Open(
                            append.index(),
                            append.epoch(),
                            record,
                            underWayGeneration,
                            underWayOffset,
                            append.bytes(),
                            mover.recordsMoved()));
        }
        tail.passed(append.ticket());
        if (tail.touch()) {
            touched.add(tail);
        }
    }

    private boolean addMark(Append append) {
        int marks = append.kind() == INSTALL_STATE ? 2 : 1;
        if (!batch.hasRoomFor(marks * RecordView.HEADER_BYTES)) {
            return false;
        }
        ShardTail tail = append.tail();
        switch (append.kind()) {
            case REPLICATE -> logs.replicate(tail, batch);
            case TRUNCATE -> logs.truncate(tail, append.index(), append.epoch(), batch);
            case BEGIN_STATE -> logs.beginState(tail, append.index(), append.epoch(), batch);
            case INSTALL_STATE -> logs.installState(tail, append.index(), append.epoch(), batch);
            default -> throw new IllegalStateException("no mark says " + append.kind());
        }
        tail.passed(append.ticket());
        if (tail.touch()) {
            touched.add(tail);
        }
        completedBytes += append.bytes();
        completedRecords++;
        underWay = null;
        tail.giveBack(append);
        return true;
    }

    /**
     * True when a copy is left for which the batch had no room. Copies take half a batch at most, and come first, so that
     * whatever is alive is on the disk already. Nothing is moved within a large record: if that is a removal, a copy of
     * what it removes would come after its beginning. Nor while records that are written once more wait for room: between the
     * pieces of a record that is moved, one would end their series.
     */
    private boolean addMoved() throws IOException {
        if (cutter.isWithinRecord() || logs.isRestating() || !mover.isDue()) {
            return false;
        }
        int limitBytes = batchLimit();
        batch.limit(Math.max(limitBytes / 2, Math.min(limitBytes, 2 * settings.chunkBytes())));
        mover.moveInto(batch, segments.current(), Math.max(SCAN_BYTES_MIN, 2 * lastBatchBytes));
        batch.limit(limitBytes);
        return mover.isBlocked();
    }

    private int batchLimit() {
        return (int) Math.min(segments.current().freeBytes(), settings.batchBytes());
    }

    /** A large record counts among the live ones only when it is complete, but is needed from its first piece on. */
    private long oldestNeededNow() {
        long needed = Math.min(segments.oldestNeeded(), logs.oldestNeeded());
        return underWay == null || underWayGeneration == 0 ? needed : Math.min(needed, underWayGeneration);
    }

    private void write(long needed) throws IOException {
        failWithBackground();
        ByteBuffer bytes = batch.finish(nextSequence, needed, System.currentTimeMillis());
        Segment segment = segments.current();
        int length = bytes.remaining();
        file.writeDurably(bytes, segment.endPosition());
        segment.endsAt(segment.endPosition() + length);
        supply.space().free(segment.freeBytes());
        nextSequence++;
        lastBatchBytes = length;
        oldestNeeded = needed;
        queue.written(completedBytes);
        counters.onBatch(length, completedRecords);
        completedBytes = 0;
        completedRecords = 0;
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).tell();
        }
        touched.clear();
        if (segments.oldest().generation() < needed) {
            segments.removeBefore(needed).forEach(retention::onNotNeeded);
            reads.forgetBefore(needed);
        }
        freeExpired();
        counters.onSpace(segments, mover.recordsMoved());
        boolean withinRecord =
                cutter.isWithinRecord() || mover.isWithinRecord() || logs.isRestating() || logs.isStaging();
        checkpoints.onBatch(length, withinRecord, tails, nextSequence);
    }

    /** What is kept for readers of the past, and is due to go. */
    private void freeExpired() {
        if (supply.space().isFull()) {
            retention.freeAll();
        } else if (!retention.isEmpty()) {
            retention.freeExpired(System.currentTimeMillis());
        }
    }

    /** Consumers can go on reading, and what is kept for readers of the past is room. */
    private void onWaiting() {
        lookUp();
        freeExpired();
    }

    private void roll() throws IOException {
        if (supply.readyCount() == 0) {
            counters.onSegmentWait();
        }
        SegmentSupply.Ready next = supply.take(this::onWaiting);
        file.close();
        file = next.file();
        indexing.onSealed(segments.current(), System.currentTimeMillis());
        segments.add(next.segment());
        supply.space().free(next.segment().freeBytes());
    }

    private void closeFiles() {
        try {
            mover.close();
            file.close();
        } catch (IOException e) {
            LOG.warn("Journal file could not be closed", e);
        }
    }
}
