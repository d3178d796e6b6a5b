package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordDecoder;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record that lies in pieces, over as many batches and segments as it takes; other records may lie between the
 * pieces of a moved one. Made for one record, used by one thread.
 */
final class SeriesReader implements Closeable {
    private final SegmentReader reader;
    private final Iterator<Segment> following;
    private final Segment current;
    private final long currentEnd;
    private final ChunkJoiner joiner = new ChunkJoiner();

    private Segment segment;
    private long position;

    /**
     * @param segments in which the record lies, the one with its first piece first; the last one is being written on
     * @param position of the first piece
     * @param currentEnd how far the last segment may be read
     */
    SeriesReader(FileLayer files, List<Segment> segments, long position, long currentEnd) {
        reader = new SegmentReader(files);
        following = segments.iterator();
        segment = following.next();
        current = segments.get(segments.size() - 1);
        this.position = position;
        this.currentEnd = currentEnd;
    }

    /** @throws IOException when a piece is not to be found */
    JournalRecord read(int shard, long index) throws IOException, DamagedFormatException {
        open();
        boolean moved = false;
        boolean staged = false;
        boolean first = true;
        while (true) {
            RecordView piece = next();
            if (piece == null) {
                throw new IOException("its pieces break off at " + segment.fileName() + ", offset " + position);
            }
            if (first) {
                moved = piece.isMoved();
                staged = piece.isStaged();
                first = false;
            }
            if (piece.shard() != shard
                    || piece.index() != index
                    || piece.isMoved() != moved
                    || piece.isStaged() != staged) {
                continue;
            }
            if (piece.type() == RecordType.CHUNK) {
                joiner.add(piece, reader.bytes(), segment.generation(), position);
                continue;
            }
            ChunkJoiner.Joined joined = piece.isLastPiece() ? joiner.finish(piece, reader.bytes()) : null;
            if (joined == null) {
                throw new IOException("a piece of it is missing before " + segment.fileName() + ", offset " + position);
            }
            return RecordDecoder.decode(piece.type(), joined.body());
        }
    }

    private void open() throws IOException {
        reader.open(segment);
        reader.readOnlyUpTo(end());
    }

    private long end() {
        return segment == current ? currentEnd : segment.endPosition();
    }

    /** The next record of whatever kind; null when there is none. */
    private @Nullable RecordView next() throws IOException {
        while (true) {
            RecordView record = position < end() ? reader.wholeRecordAt(position) : null;
            if (record != null) {
                position += record.bytes();
                return record;
            }
            long block = Blocks.roundUp(position);
            if (block < end() && reader.headerAt(block) != null) {
                position = block + BatchHeader.BYTES;
            } else if (block < end() || !following.hasNext()) {
                return null;
            } else {
                segment = following.next();
                position = Blocks.BLOCK_BYTES;
                open();
                if (reader.headerAt(position) == null) {
                    return null;
                }
                position += BatchHeader.BYTES;
            }
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
