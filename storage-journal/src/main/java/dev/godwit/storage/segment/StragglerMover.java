package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies what is still alive in the oldest segment into the batches that are written anyway, a bounded portion each, so
 * that the segment can be freed: one old message never pins the disk. It works while the segments take more than twice
 * what is alive in them and some slack; on a full disk without that slack; and on one whose reserve runs out, once through
 * all segments, when there is a whole one to be won by that. Owned by the writer thread.
 *
 * <p>First it reads only where something alive is known to lie ({@link StragglerList}). What is left after that is cut
 * into pieces: to find those, it reads the whole segment.
 *
 * <p>Design note: a copy is never written after the record that ends its life. The writer learns of that end when it
 * writes it, and asks {@link LiveRecords} before each copy.
 */
final class StragglerMover implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(StragglerMover.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** With more records alive in all segments, finding those of one takes longer than a batch may. */
    private static final long LISTED_AMONG_MAX = 1_000_000;

    /** What a read costs, however short it is, in bytes of a long one. */
    private static final int READ_COST_BYTES = 64 * 1024;

    private final SegmentLine segments;
    private final LiveRecords live;
    private final long slackBytes;
    private final DiskSpace space;
    private final LongSupplier neededByLogs;
    private final SegmentReader reader;
    private final SegmentReader seriesReader;

    private @Nullable Segment source;
    private @Nullable StragglerList listed;
    private long nextBatch;
    private boolean recordWaits;
    private @Nullable Series series;
    private boolean blocked;
    private boolean waitsForRetry;
    private long retryAtNanos;
    private long recordsMoved;
    private long roundUpTo;
    private long wasteBytes;

    /** A large record on its way, piece by piece. */
    private static final class Series {
        final int shard;
        final long index;
        final long epoch;
        final boolean movedBefore;
        final boolean stagedBefore;
        final long firstOffset;
        Segment segment;
        long nextBatch;
        boolean pieceWaits;
        long generation;
        long offset;
        int piecesMoved;

        Series(RecordView first, Segment segment, long batch, long firstOffset) {
            shard = first.shard();
            index = first.index();
            epoch = first.epoch();
            movedBefore = first.isMoved();
            stagedBefore = first.isStaged();
            this.firstOffset = firstOffset;
            this.segment = segment;
            nextBatch = batch;
        }

        boolean owns(RecordView record) {
            return record.shard() == shard
                    && record.index() == index
                    && record.epoch() == epoch
                    && record.isMoved() == movedBefore
                    && record.isStaged() == stagedBefore
                    && (record.type() == RecordType.CHUNK || record.isLastPiece());
        }

        /** False where another series of the same record begins: this one was cut short when the node stopped. */
        boolean continuesWith(RecordView piece, ByteBuffer bytes) {
            int number = piece.isLastPiece() ? piece.chunkCount(bytes) : piece.chunkNumber(bytes);
            return number == piecesMoved;
        }
    }

    /**
     * Moves nothing yet.
     *
     * @param slackBytes what the segments may take besides twice what is alive
     * @param neededByLogs the generation from which on segments stay, whatever is alive in them
     */
    StragglerMover(
            FileLayer files,
            SegmentLine segments,
            LiveRecords live,
            long slackBytes,
            DiskSpace space,
            LongSupplier neededByLogs) {
        this.neededByLogs = neededByLogs;
        this.segments = segments;
        this.live = live;
        this.slackBytes = slackBytes;
        this.space = space;
        reader = new SegmentReader(files);
        seriesReader = new SegmentReader(files);
    }

    boolean isDue() {
        if (waitsForRetry) {
            waitsForRetry = System.nanoTime() - retryAtNanos < 0;
            return false;
        }
        return source != null
                || (segments.count() > 1
                        && !segments.oldest().isPinned()
                        && segments.oldest().liveRecords() > 0
                        && (segments.capacityBytes() > 2 * segments.liveBytes() + slackBytes() || isWithinRound())
                        && segments.oldest().generation() < neededByLogs.getAsLong());
    }

    /** On a full disk none but the segment being written. */
    private long slackBytes() {
        return space.isFull() ? segments.current().capacityBytes() : slackBytes;
    }

    /** What a round leaves dead is waste that the next would leave too: that begins when there is a segment more. */
    private boolean isWithinRound() {
        if (!space.isFull()) {
            roundUpTo = 0;
            wasteBytes = 0;
            return false;
        }
        Segment current = segments.current();
        long deadBytes =
                segments.capacityBytes() - current.capacityBytes() - (segments.liveBytes() - current.liveBytes());
        if (roundUpTo > 0 && segments.oldest().generation() > roundUpTo) {
            roundUpTo = 0;
            wasteBytes = deadBytes;
        }
        if (!space.isPressed()) {
            return false;
        }
        if (roundUpTo == 0 && deadBytes >= wasteBytes + segments.oldest().capacityBytes()) {
            roundUpTo = current.generation();
        }
        return roundUpTo > 0;
    }

    long recordsMoved() {
        return recordsMoved;
    }

    /** True when pieces of a record have been copied, and more of them are to come. */
    boolean isWithinRecord() {
        return series != null;
    }

    /** True when the last {@link #moveInto} stopped for want of room in the batch. */
    boolean isBlocked() {
        return blocked;
    }

    /** Copies into the batch, which goes to {@code target}, until it is full or {@code scanBytes} have been read. */
    void moveInto(BatchBuilder batch, Segment target, long scanBytes) throws IOException {
        blocked = false;
        if (source == null) {
            source = segments.oldest();
            nextBatch = Blocks.BLOCK_BYTES;
            recordWaits = false;
            listed = segments.liveRecords() > LISTED_AMONG_MAX ? null : new StragglerList(source, live);
        }
        Segment from = source;
        try {
            move(batch, target, from, scanBytes);
        } catch (CorruptJournalException e) {
            pin(from, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            retryLater(from, e);
        }
    }

    /** It may be no fault of the segment's: too many open files, say. */
    private void retryLater(Segment from, IOException problem) throws IOException {
        LOG.warn("Journal segment {} cannot be read for now, and so not be freed", from.fileName(), problem);
        retryAtNanos = System.nanoTime() + RETRY_NANOS;
        waitsForRetry = true;
        giveUp();
    }

    private void giveUp() throws IOException {
        source = null;
        series = null;
        listed = null;
        recordWaits = false;
        close();
    }

    /** What is alive in it and cannot be read is not dropped for room's sake: the segment stays. */
    private void pin(Segment from, String problem) throws IOException {
        LOG.error(
                "Journal segment {} cannot be freed, nor can those after it: {}. Stop the broker, then find out with"
                        + " 'godwit journal verify' and mend with 'godwit journal repair'",
                from.fileName(),
                problem);
        from.pin();
        giveUp();
    }

    private void move(BatchBuilder batch, Segment target, Segment from, long scanBytes) throws IOException {
        reader.open(from);
        long scanned = 0;
        StragglerList known = listed;
        if (known != null) {
            scanned = moveListed(known, batch, target, from, scanBytes);
            if (!known.isEmpty() && from.liveRecords() > 0) {
                return;
            }
            listed = null;
            reader.readAtMost(Integer.MAX_VALUE);
        }
        while (!blocked) {
            if (series != null) {
                scanned += moveSeries(series, batch, target, from, scanBytes - scanned);
                if (series != null && scanned >= scanBytes) {
                    return;
                }
            } else if (recordWaits || reader.nextRecord()) {
                recordWaits = false;
                moveRecord(batch, target, from);
            } else if (nextBatch >= from.endPosition() || from.liveRecords() == 0) {
                end(from);
                return;
            } else if (scanned >= scanBytes) {
                return;
            } else {
                scanned += readBatch(reader, from, nextBatch);
                nextBatch += reader.batchBlockBytes();
            }
        }
    }

    /** Returns what the reading has cost. Leaves aside what lies in pieces, or does not verify: then it is searched for. */
    private long moveListed(StragglerList known, BatchBuilder batch, Segment target, Segment from, long scanBytes)
            throws IOException {
        reader.readOnlyUpTo(from.endPosition());
        long scanned = 0;
        while (!known.isEmpty() && scanned < scanBytes) {
            int bytes = known.bytesToRead();
            if (bytes > 0) {
                reader.readAtMost(bytes);
                scanned += Math.max(bytes, READ_COST_BYTES);
            }
            RecordView record = reader.wholeRecordAt(known.offset());
            if (record != null && isWhole(record) && isLive(record, from, known.offset())) {
                if (!batch.hasRoomFor(record.bytes())) {
                    blocked = true;
                    return scanned;
                }
                move(record, batch, target);
            }
            known.remove();
        }
        return scanned;
    }

    private static boolean isWhole(RecordView record) {
        return record.type() < RecordType.CHUNK && !record.isLastPiece();
    }

    private boolean isLive(RecordView record, Segment from, long offset) {
        return live.isLiveAt(record.shard(), record.index(), from.generation(), offset);
    }

    private void move(RecordView record, BatchBuilder batch, Segment target) {
        long offset = target.endPosition() + batch.usedBytes();
        batch.addMoved(reader.bytes(), record, typeOfCopy(record));
        live.relocate(record.shard(), record.index(), target.generation(), offset);
        recordsMoved++;
    }

    /**
     * A posted message whose transaction was committed is copied as the message that it is, so that the copy does not hang
     * on the record of the commit, which may be freed before it.
     */
    private byte typeOfCopy(RecordView record) {
        byte type = record.type();
        byte committed = RecordType.onceCommitted(type);
        return committed != type && live.isCommitted(record.shard(), record.index()) ? committed : type;
    }

    private void moveRecord(BatchBuilder batch, Segment target, Segment from) {
        RecordView record = reader.record();
        boolean firstPiece = record.type() == RecordType.CHUNK && record.chunkNumber(reader.bytes()) == 0;
        if ((!isWhole(record) && !firstPiece) || !isLive(record, from, reader.recordPosition())) {
            return;
        }
        if (firstPiece) {
            series = new Series(record, from, nextBatch - reader.batchBlockBytes(), reader.recordPosition());
            return;
        }
        if (!batch.hasRoomFor(record.bytes())) {
            recordWaits = true;
            blocked = true;
            return;
        }
        move(record, batch, target);
    }

    /**
     * Returns how many bytes it has read. A series that was cut short when the node stopped has no end: the record that
     * is alive comes later.
     */
    private long moveSeries(Series moving, BatchBuilder batch, Segment target, Segment from, long scanBytes)
            throws IOException {
        seriesReader.open(moving.segment);
        long scanned = 0;
        while (live.isLiveAt(moving.shard, moving.index, from.generation(), moving.firstOffset)) {
            if (moving.pieceWaits || seriesReader.nextRecord()) {
                moving.pieceWaits = false;
                if (!moving.owns(seriesReader.record())) {
                    continue;
                }
                if (!moving.continuesWith(seriesReader.record(), seriesReader.bytes())) {
                    break;
                }
                if (!batch.hasRoomFor(seriesReader.record().bytes())) {
                    moving.pieceWaits = true;
                    blocked = true;
                    return scanned;
                }
                movePiece(moving, batch, target);
            } else if (isAtEnd(moving)) {
                break;
            } else if (scanned >= scanBytes) {
                return scanned;
            } else {
                scanned += readSeriesBatch(moving);
            }
        }
        series = null;
        seriesReader.forget();
        return scanned;
    }

    private boolean isAtEnd(Series moving) {
        return moving.segment == segments.current() && moving.nextBatch >= moving.segment.endPosition();
    }

    private void movePiece(Series moving, BatchBuilder batch, Segment target) {
        if (moving.generation == 0) {
            moving.generation = target.generation();
            moving.offset = target.endPosition() + batch.usedBytes();
        }
        batch.addMoved(seriesReader.bytes(), seriesReader.record(), typeOfCopy(seriesReader.record()));
        moving.piecesMoved++;
        if (seriesReader.record().isLastPiece()) {
            live.relocate(moving.shard, moving.index, moving.generation, moving.offset);
            recordsMoved++;
        }
    }

    private long readSeriesBatch(Series moving) throws IOException {
        if (moving.nextBatch >= moving.segment.endPosition()) {
            moving.segment = segments.get(moving.segment.generation() + 1);
            moving.nextBatch = Blocks.BLOCK_BYTES;
            seriesReader.open(moving.segment);
            return 0;
        }
        long read = readBatch(seriesReader, moving.segment, moving.nextBatch);
        moving.nextBatch += read;
        return read;
    }

    private static long readBatch(SegmentReader reader, Segment segment, long position) throws IOException {
        reader.readOnlyUpTo(segment.endPosition());
        if (!reader.batchOrHoleAt(position)) {
            throw CorruptJournalException.at(segment.fileName(), position, "damaged while in use: " + reader.problem());
        }
        return reader.batchBlockBytes();
    }

    private void end(Segment from) throws IOException {
        if (from.liveRecords() > 0) {
            pin(from, from.liveRecords() + " live records were not found in it");
            return;
        }
        source = null;
        reader.close();
        seriesReader.close();
    }

    @Override
    public void close() throws IOException {
        reader.close();
        seriesReader.close();
    }
}
