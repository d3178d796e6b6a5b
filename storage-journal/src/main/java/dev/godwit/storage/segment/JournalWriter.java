package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordCutter;
import dev.godwit.storage.format.RecordView;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    private final Gathering gathering;
    private final AppendLayout layout;
    private final Announcement announcement;
    private final ArrayList<ShardTail> tails = new ArrayList<>();

    private JournalFile file;
    private long nextSequence;
    private long lastBatchBytes;
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
        tails.addAll(log.tails().values());
        gathering = new Gathering(queue, supply.space(), settings);
        announcement = new Announcement(queue, counters);
        layout = new AppendLayout(
                batch,
                new RecordCutter(settings.chunkBytes()),
                gathering,
                announcement,
                tails,
                segments,
                live,
                logs,
                mover,
                indexing);
        oldestNeeded = segments.oldest().generation();
        logs.growOld(segments.current().generation() - settings.logTailSegments());
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
        if (gathering.isEmpty()) {
            if (retention.isEmpty()) {
                queue.sleep();
            } else {
                queue.sleepLightly();
            }
        } else {
            queue.doze(gathering.nanosLeft());
        }
        return true;
    }

    /** Writes a batch of what has gathered; false when there is nothing to write yet. */
    boolean turn(boolean last) throws IOException {
        failWithBackground();
        lookUp();
        gathering.look();
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

    private boolean mustWrite(boolean last) {
        return gathering.isDue()
                || layout.isUnderWay()
                || (!gathering.isEmpty() && (last || gathering.nanosLeft() <= 0))
                || (((last && logs.isMarkDue()) || checkpoints.isAwaitingMarks())
                        && !supply.space().isFull())
                || (!last && (mover.isDue() || logs.isRestatementDue() || oldestNeededNow() > oldestNeeded));
    }

    private void writeBatch() throws IOException {
        long sinceNanos = System.nanoTime();
        if (!beginBatch()) {
            roll();
            beginBatch();
        }
        if (segments.current().isFresh()) {
            for (ShardTail tail : tails) {
                batch.addShardTail(tail.shard(), tail.lastIndex(), tail.epoch());
            }
        }
        logs.addMarks(batch, segments.current().isFresh());
        boolean blocked = addMoved();
        if (!layout.isUnderWay() && !mover.isWithinRecord()) {
            logs.gatherRestated(gathering);
        }
        blocked |= layout.addAppends(sinceNanos);
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

    /**
     * True when a copy is left for which the batch had no room. Copies take half a batch at most, and come first, so that
     * whatever is alive is on the disk already. Nothing is moved within a large record: if that is a removal, a copy of
     * what it removes would come after its beginning. Nor while records that are written once more wait for room: between the
     * pieces of a record that is moved, one would end their series.
     */
    private boolean addMoved() throws IOException {
        if (layout.isWithinRecord() || logs.isRestating() || !mover.isDue()) {
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

    private long oldestNeededNow() {
        return Math.min(Math.min(segments.oldestNeeded(), logs.oldestNeeded()), layout.oldestNeeded());
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
        announcement.make(length);
        if (segments.oldest().generation() < needed) {
            segments.removeBefore(needed).forEach(retention::onNotNeeded);
            reads.forgetBefore(needed);
        }
        freeExpired();
        counters.onSpace(segments, mover.recordsMoved());
        boolean withinRecord =
                layout.isWithinRecord() || mover.isWithinRecord() || logs.isRestating() || logs.isStaging();
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
        logs.growOld(segments.current().generation() - settings.logTailSegments());
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
