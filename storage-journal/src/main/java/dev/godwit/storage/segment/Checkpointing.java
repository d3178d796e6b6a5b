package dev.godwit.storage.segment;

import dev.godwit.storage.format.SectionWriter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes checkpoints of the index while the journal is being written, a slice at a time. What is small is taken at once
 * when a checkpoint begins; the pages follow, each as it is when its turn comes. So a page may be newer than the place
 * in the log that the checkpoint stands for: what the log says from there on is applied once more at a start, and changes
 * nothing then. Owned by the writer thread.
 *
 * <p>A checkpoint only makes a start faster. Nothing is freed because of it, and without any the whole log is read.
 */
final class Checkpointing {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointing.class);
    private static final long LAST_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final FileLayer files;
    private final UUID journalId;
    private final SegmentLine segments;
    private final LiveRecords live;
    private final EntryLogs logs;
    private final SegmentRetention retention;
    private final Executor checkpointing;
    private final Runnable onProgress;
    private final Consumer<IOException> onFailure;
    private final long bytesApartMin;
    private final int sliceBytes;

    private long bytesSince;
    private long bytesApart;
    private @Nullable CheckpointFile file;
    private @Nullable SectionWriter sections;
    private final ArrayDeque<PlacesLeft> placesLeft = new ArrayDeque<>();
    private final ArrayDeque<LiveShard> shardsLeft = new ArrayDeque<>();
    private long nextPage;
    private Marks marks = Marks.UNKNOWN;

    /** Whether the files say of all commits that the pages may know of. A start must not find one that did not come. */
    private enum Marks {
        /** Not all pages have been taken. */
        UNKNOWN,
        /** The next batch will say so. */
        AWAITED,
        /** They do. */
        THERE
    }

    /** The entries of a log from {@code next} to {@code last}, which were committed when the checkpoint began. */
    private record PlacesLeft(EntryLog log, long next, long last) {}

    /**
     * @param onFailure told when the directory could not be synced: what others named is in doubt then, too
     * @param bytesSince how much was written since the last one
     */
    Checkpointing(
            FileLayer files,
            UUID journalId,
            SegmentLine segments,
            LiveRecords live,
            EntryLogs logs,
            SegmentRetention retention,
            Executor checkpointing,
            Runnable onProgress,
            Consumer<IOException> onFailure,
            LogSettings settings,
            long bytesSince) {
        this.files = files;
        this.journalId = journalId;
        this.segments = segments;
        this.live = live;
        this.logs = logs;
        this.retention = retention;
        this.checkpointing = checkpointing;
        this.onProgress = onProgress;
        this.onFailure = onFailure;
        bytesApartMin = settings.checkpointBytesApart();
        sliceBytes = settings.checkpointSliceBytes();
        this.bytesSince = bytesSince;
        bytesApart = bytesApartMin;
    }

    /**
     * A batch is on stable storage: begins a checkpoint when one is due, or goes on with the one under way.
     *
     * @param withinRecord the batch ends within a record in pieces, or before one that should stand in it, so that the log
     *     cannot be read from here on
     */
    void onBatch(long bytes, boolean withinRecord, Collection<ShardTail> tails, long nextSequence) {
        bytesSince += bytes;
        if (marks == Marks.AWAITED) {
            marks = Marks.THERE;
        }
        if (file != null) {
            goOn();
        } else if (bytesSince >= bytesApart && !withinRecord) {
            begin(tails, nextSequence);
        }
    }

    /** True when {@link #goOn} has something to do. */
    boolean isReadyToGoOn() {
        CheckpointFile current = file;
        return current != null
                && (current.isEnded() || (sections != null && !isAwaitingMarks() && current.isWritable()));
    }

    /** A batch is to be written, if there is nothing else with the {@linkplain EntryLogs#addMarks marks} only. */
    boolean isAwaitingMarks() {
        return marks == Marks.AWAITED;
    }

    /** Takes another slice. */
    void goOn() {
        CheckpointFile current = file;
        if (current == null) {
            return;
        }
        if (current.isEnded()) {
            // As much log as costs about as much to read at a start as the checkpoint itself.
            bytesApart = Math.max(bytesApartMin, 2 * current.bytes());
            forget();
            return;
        }
        SectionWriter to = sections;
        if (to != null && !isAwaitingMarks() && current.isWritable()) {
            takeSlice(current, to);
        }
    }

    private void forget() {
        file = null;
        sections = null;
        marks = Marks.UNKNOWN;
        placesLeft.clear();
        shardsLeft.clear();
    }

    /** When the journal is closed, and all marks are written: takes a last one, so that the next start has nothing to read but this. */
    void takeLast(Collection<ShardTail> tails, long nextSequence) {
        finishCurrent();
        if (bytesSince > 0) {
            begin(tails, nextSequence);
            finishCurrent();
        }
    }

    private void finishCurrent() {
        CheckpointFile current = file;
        SectionWriter to = sections;
        long giveUpAtNanos = System.nanoTime() + LAST_NANOS_MAX;
        while (current != null && to != null && sections != null && !isAwaitingMarks() && !current.isFailed()) {
            if (current.isWritable()) {
                takeSlice(current, to);
            } else if (System.nanoTime() - giveUpAtNanos < 0) {
                LockSupport.parkNanos(this, WAIT_NANOS);
            } else {
                LOG.warn(
                        "Journal is closed without a last checkpoint: the disk is too slow; the next start takes longer");
                break;
            }
        }
        forget();
    }

    private void begin(Collection<ShardTail> tails, long nextSequence) {
        var to = new SectionWriter(journalId, nextSequence);
        Segment current = segments.current();
        CheckpointContent.writeBegin(
                to,
                new LogPosition(
                        nextSequence,
                        current.generation(),
                        current.endPosition(),
                        segments.oldest().generation()),
                System.currentTimeMillis());
        CheckpointContent.writeSegments(to, retention.kept());
        CheckpointContent.writeSegments(to, segments.all());
        CheckpointContent.writeHoles(to, segments.all());
        CheckpointContent.writeTails(to, tails);
        logs.writeTo(to);
        logs.all().forEach(log -> placesLeft.add(new PlacesLeft(log, 0, log.committedIndex())));
        for (LiveShard shard : live.shards()) {
            CheckpointContent.writeShard(to, shard);
            if (shard.pages.count() > 0) {
                shardsLeft.add(shard);
            }
        }
        sections = to;
        file = new CheckpointFile(files, checkpointing, onProgress, onFailure, nextSequence);
        bytesSince = 0;
        nextPage = 0;
        goOn();
    }

    private void takeSlice(CheckpointFile current, SectionWriter to) {
        while (to.bytes() < sliceBytes) {
            PlacesLeft places = placesLeft.poll();
            if (places != null) {
                long next = EntryLogContent.writePlaces(to, places.log(), places.next(), places.last());
                if (next <= places.last()) {
                    placesLeft.addFirst(new PlacesLeft(places.log(), next, places.last()));
                }
                continue;
            }
            LiveShard shard = shardsLeft.peek();
            if (shard == null) {
                if (marks == Marks.UNKNOWN && logs.isMarkDue()) {
                    marks = Marks.AWAITED;
                    break;
                }
                CheckpointContent.writeEnd(to);
                current.append(to.take());
                sections = null;
                current.finish();
                return;
            }
            RecordPage page = shard.pages.ceilingPage(nextPage);
            if (page == null) {
                shardsLeft.remove();
                nextPage = 0;
            } else {
                CheckpointContent.writePage(to, shard.number, page);
                nextPage = page.number() + 1;
            }
        }
        current.append(to.take());
    }
}
