package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Joins the pieces of large records. A series that lost its end (the node stopped within it) or its beginning (the
 * segment was freed, for the record lives on as a moved copy) comes to nothing. Owned by one thread.
 */
final class ChunkJoiner {
    /** A large record, in one piece again. */
    record Joined(ByteBuffer body, long generation, long offset, long bytes) {}

    private record SeriesKey(int shard, boolean moved, boolean staged) {
        static SeriesKey of(RecordView record) {
            return new SeriesKey(record.shard(), record.isMoved(), record.isStaged());
        }
    }

    private static final class Series {
        final long index;
        final long epoch;
        final List<byte[]> parts = new ArrayList<>();
        final long generation;
        final long offset;
        long bytes;

        Series(long index, long epoch, long generation, long offset) {
            this.index = index;
            this.epoch = epoch;
            this.generation = generation;
            this.offset = offset;
        }
    }

    private final Map<SeriesKey, Series> underWay = new HashMap<>();

    /** A piece that begins at {@code offset} of a segment. */
    void add(RecordView chunk, ByteBuffer buffer, long generation, long offset) {
        var key = SeriesKey.of(chunk);
        Series series = underWay.get(key);
        int number = chunk.chunkNumber(buffer);
        if (number == 0) {
            series = new Series(chunk.index(), chunk.epoch(), generation, offset);
            underWay.put(key, series);
        }
        if (series == null || !continues(series, chunk, number)) {
            underWay.remove(key);
            return;
        }
        append(series, chunk, buffer);
    }

    /** Null when parts of the record are missing. */
    @Nullable
    Joined finish(RecordView last, ByteBuffer buffer) {
        Series series = underWay.remove(SeriesKey.of(last));
        if (series == null || !continues(series, last, last.chunkCount(buffer))) {
            return null;
        }
        append(series, last, buffer);
        var body = new byte[Math.toIntExact(last.joinedBytes(buffer))];
        int at = 0;
        for (byte[] part : series.parts) {
            if (part.length > body.length - at) {
                return null;
            }
            System.arraycopy(part, 0, body, at, part.length);
            at += part.length;
        }
        return at == body.length
                ? new Joined(ByteBuffer.wrap(body), series.generation, series.offset, series.bytes)
                : null;
    }

    /** A record of the shard came that is no part of a series: one that was under way will not be finished. */
    void abandon(RecordView record) {
        if (!underWay.isEmpty()) {
            underWay.remove(SeriesKey.of(record));
        }
    }

    private static boolean continues(Series series, RecordView piece, int number) {
        return series.index == piece.index() && series.epoch == piece.epoch() && series.parts.size() == number;
    }

    private static void append(Series series, RecordView piece, ByteBuffer buffer) {
        var part = new byte[piece.bodyBytes()];
        buffer.get(piece.bodyOffset(), part);
        series.parts.add(part);
        series.bytes += piece.bytes();
    }
}
