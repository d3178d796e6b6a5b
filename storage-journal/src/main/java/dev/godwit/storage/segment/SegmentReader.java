package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.BatchView;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.RecordSearch;
import dev.godwit.storage.format.RecordView;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one segment after another through a window that holds at least one batch. Owned by one thread. What it shows
 * stays valid until the next call that reads.
 */
final class SegmentReader implements Closeable {
    private static final int WINDOW_BYTES = 1024 * 1024;
    private static final int SEARCH_BYTES = 4 * RecordSearch.RECORD_BYTES_MAX;
    private static final int BEYOND_END = -1;

    /** No record was found. */
    static final long NONE = -1;

    /** What lies at a position. */
    enum Found {
        /** A whole batch: every checksum verifies. */
        BATCH,
        /** Nothing that was written in this generation of the segment. */
        NOTHING,
        /** A batch was begun here, and does not verify. */
        DAMAGED
    }

    private final FileLayer files;
    private final BatchView batch = new BatchView();
    private final BatchHeader probed = new BatchHeader();
    private final RecordView single = new RecordView();
    private final RecordSearch search = new RecordSearch();

    private ByteBuffer window = ByteBuffer.allocateDirect(0);
    private long windowPosition;
    private long endPosition;
    private @Nullable JournalFile file;
    private @Nullable Segment segment;
    private int readBytesMax = Integer.MAX_VALUE;
    private int salt;
    private int batchOffset;
    private String problem = "";
    private @Nullable Hole hole;
    private int nextInHole;

    SegmentReader(FileLayer files) {
        this.files = files;
    }

    void open(Segment toRead) throws IOException {
        if (segment == toRead) {
            return;
        }
        close();
        if (!toRead.isMissing()) {
            file = files.openForReading(toRead.fileName());
        }
        segment = toRead;
        salt = toRead.salt();
        endPosition = toRead.capacityBytes();
        readBytesMax = Integer.MAX_VALUE;
        window.limit(0);
        windowPosition = 0;
        forget();
    }

    /** The segment is being written on: reads nothing from {@code position} on, for it may be there a moment later. */
    void readOnlyUpTo(long position) {
        endPosition = position;
    }

    /** The next reads fetch no more than this, or what was asked for: where little of what follows is wanted. */
    void readAtMost(int bytes) {
        readBytesMax = bytes;
    }

    /** There is no next record until a batch has been read. */
    void forget() {
        batch.forget();
        hole = null;
    }

    Segment segment() {
        if (segment == null) {
            throw new IllegalStateException("no segment is open");
        }
        return segment;
    }

    /** Reads and verifies the batch at {@code position}. */
    Found batchAt(long position) throws IOException {
        Segment at = segment();
        forget();
        if (at.isMissing() || position + Blocks.BLOCK_BYTES > at.capacityBytes()) {
            return Found.NOTHING;
        }
        int offset = load(position, BatchHeader.BYTES);
        if (offset == BEYOND_END || !BatchHeader.begins(window, offset, at.generation())) {
            return Found.NOTHING;
        }
        String wrong = batch.header().read(window, offset, salt);
        if (wrong == null) {
            if (batch.header().batchBytes() > at.capacityBytes() - position) {
                wrong = "the batch is longer than the segment";
            } else {
                offset = load(position, batchBlockBytes());
                if (offset == BEYOND_END) {
                    offset = load(position, batch.header().batchBytes());
                }
                wrong = offset == BEYOND_END ? "the file ends within the batch" : batch.verify(window, offset, salt);
            }
        }
        problem = wrong == null ? "" : wrong;
        batchOffset = offset;
        if (wrong != null) {
            batch.forget();
            return Found.DAMAGED;
        }
        return Found.BATCH;
    }

    /** Whether the rest of the last {@link Found#BATCH}'s last block holds zeros, as it was written. */
    boolean isPaddingZero() {
        int from = batchOffset + batch.header().batchBytes();
        return Blocks.isZero(window, from, Math.min(window.limit(), batchOffset + batchBlockBytes()));
    }

    /** Moves to a damaged stretch: {@link #nextRecord} shows the records that were found in it. */
    void enter(Hole toRead) {
        forget();
        hole = toRead;
        nextInHole = 0;
    }

    /** Whether {@link #record} lies in a damaged stretch. */
    boolean isInHole() {
        return hole != null;
    }

    /** Reads the batch at {@code position}, or enters the damaged stretch that is known to begin there; false when neither is there. */
    boolean batchOrHoleAt(long position) throws IOException {
        Hole known = segment().holeAt(position);
        if (known != null) {
            enter(known);
            return true;
        }
        return batchAt(position) == Found.BATCH;
    }

    /**
     * Looks for a record that verifies by itself, begins at {@code from} or later and ends by {@code to}. {@link
     * #foundRecord} is the record then.
     *
     * @return where it begins in the file, or {@link #NONE}
     */
    long findRecord(long from, long to) throws IOException {
        long at = from;
        while (at + RecordView.HEADER_BYTES <= to) {
            long enough = at + Math.min(to - at, RecordSearch.RECORD_BYTES_MAX);
            if (at < windowPosition || enough > windowPosition + window.limit()) {
                load(at, (int) Math.min(to - at, SEARCH_BYTES));
            }
            int end = (int) Math.min(window.limit(), to - windowPosition);
            int found = search.next(window, (int) (at - windowPosition), end, salt);
            if (found >= 0) {
                return windowPosition + found;
            }
            boolean atEnd = windowPosition + window.limit() >= to || window.limit() < window.capacity();
            if (atEnd) {
                return NONE;
            }
            at = Math.max(at + 1, windowPosition + end - RecordSearch.RECORD_BYTES_MAX);
        }
        return NONE;
    }

    RecordView foundRecord() {
        return search.record();
    }

    /** The header of the batch that begins at {@code position}, when it verifies, whatever follows it. */
    @Nullable
    BatchHeader headerAt(long position) throws IOException {
        if (segment().isMissing() || position + Blocks.BLOCK_BYTES > segment().capacityBytes()) {
            return null;
        }
        int offset = load(position, BatchHeader.BYTES);
        boolean whole = offset != BEYOND_END
                && BatchHeader.begins(window, offset, segment().generation())
                && probed.read(window, offset, salt) == null;
        return whole ? probed : null;
    }

    /** What was wrong with the last batch that was {@link Found#DAMAGED}. */
    String problem() {
        return problem;
    }

    /** Of the last {@link Found#BATCH}. */
    BatchHeader header() {
        return batch.header();
    }

    /** What the last {@link Found#BATCH} occupies, or the damaged stretch that was entered. */
    int batchBlockBytes() {
        if (hole != null) {
            return Math.toIntExact(hole.to() - hole.from());
        }
        return Blocks.roundUp(batch.header().batchBytes());
    }

    /** Moves on within the last {@link Found#BATCH}, or the damaged stretch. */
    boolean nextRecord() throws IOException {
        Hole entered = hole;
        if (entered == null) {
            return batch.nextRecord(window);
        }
        if (nextInHole == entered.records()) {
            return false;
        }
        recordAt(entered.recordOffset(nextInHole++));
        return true;
    }

    RecordView record() {
        return hole == null ? batch.record() : single;
    }

    /** Where {@link #record} begins in the file. */
    long recordPosition() {
        return windowPosition + record().offset();
    }

    /** The bytes that {@link #record} and {@link #recordAt} point into. */
    ByteBuffer bytes() {
        return window;
    }

    /** A record that has been verified before. */
    RecordView recordAt(long position) throws IOException {
        RecordView record = wholeRecordAt(position);
        if (record == null) {
            throw CorruptJournalException.at(segment().fileName(), position, "the disk gave other bytes than before");
        }
        return record;
    }

    /** The record that begins at {@code position}; null when none does that verifies. */
    @Nullable
    RecordView wholeRecordAt(long position) throws IOException {
        int offset = load(position, RecordView.HEADER_BYTES);
        if (offset == BEYOND_END) {
            return null;
        }
        int bytes = RecordView.bytesAt(window, offset);
        if (bytes < RecordView.HEADER_BYTES || bytes > endPosition - position) {
            return null;
        }
        offset = load(position, bytes);
        return offset != BEYOND_END && single.read(window, offset, offset + bytes, salt) == null ? single : null;
    }

    /** Makes {@code length} bytes from {@code position} on available; returns their offset in the window, or {@link #BEYOND_END}. */
    private int load(long position, int length) throws IOException {
        if (position >= windowPosition && position + length <= windowPosition + window.limit()) {
            return (int) (position - windowPosition);
        }
        JournalFile from = file;
        if (from == null) {
            throw new IllegalStateException("no segment is open, or its file is missing");
        }
        int wanted = (int) Math.max(Math.min(WINDOW_BYTES, segment().capacityBytes()), length);
        if (wanted > window.capacity()) {
            window = ByteBuffer.allocateDirect(Blocks.roundUp(wanted));
        }
        long available = Math.max(0, endPosition - position);
        int bytes = Math.min(window.capacity(), Math.max(length, readBytesMax));
        window.clear().limit((int) Math.min(bytes, available));
        windowPosition = position;
        from.read(window, position);
        window.flip();
        return window.limit() < length ? BEYOND_END : 0;
    }

    @Override
    public void close() throws IOException {
        segment = null;
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
