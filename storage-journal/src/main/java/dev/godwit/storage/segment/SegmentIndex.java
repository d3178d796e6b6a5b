package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SectionReader;
import dev.godwit.storage.format.SectionType;
import dev.godwit.storage.format.SectionWriter;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What came to which queue in one sealed segment, and, sparsely, when and where: so that a reader of a queue's past
 * finds its place without reading everything before it. It lies beside its segment, and is only made when segments are
 * kept for such readers. Without it the segment is read from its beginning. Filled once, then immutable.
 */
final class SegmentIndex {
    /** How far apart the places are that are remembered of each queue. */
    private static final long POINT_BYTES_APART = 256 * 1024;

    /** With more queues than this, reading the segment costs no more than reading its index. */
    private static final int SPANS_MAX = 50_000;

    private static final String SUFFIX = ".idx";
    private static final int FILE_BYTES_MAX = 256 * 1024 * 1024;

    private record Queue(int shard, long queueId) {}

    /** What one queue has in the segment. */
    static final class Span {
        private long firstIndex;
        private long lastIndex;
        private long lastArrivalMillis = Long.MIN_VALUE;
        private long records;
        private long[] points = new long[6];
        private int pointCount;

        private void add(long index, long arrivalMillis, long batchOffset) {
            firstIndex = records == 0 ? index : firstIndex;
            lastIndex = index;
            lastArrivalMillis = Math.max(lastArrivalMillis, arrivalMillis);
            records++;
            if (pointCount == 0 || batchOffset - points[3 * pointCount - 1] >= POINT_BYTES_APART) {
                addPoint(lastArrivalMillis, index, batchOffset);
            }
        }

        private void addPoint(long arrivalMillis, long index, long batchOffset) {
            if (3 * pointCount == points.length) {
                points = Arrays.copyOf(points, 2 * points.length);
            }
            points[3 * pointCount] = arrivalMillis;
            points[3 * pointCount + 1] = index;
            points[3 * pointCount + 2] = batchOffset;
            pointCount++;
        }

        /** Whether there is anything after that index that arrived at that time or later. */
        boolean hasAny(long afterIndex, long fromTimeMillis) {
            return lastIndex > afterIndex && lastArrivalMillis >= fromTimeMillis;
        }

        /** The batch from which on to look for it. */
        long offsetOf(long afterIndex, long fromTimeMillis) {
            int at = 0;
            while (at + 1 < pointCount
                    && (points[3 * at + 4] <= afterIndex + 1 || points[3 * at + 3] < fromTimeMillis)) {
                at++;
            }
            return points[3 * at + 2];
        }
    }

    private final Map<Queue, Span> spans = new HashMap<>();
    private long sealedAtMillis;
    private boolean overflown;

    static String fileName(long generation) {
        String segment = Segment.fileName(generation);
        return segment.substring(0, segment.lastIndexOf('.')) + SUFFIX;
    }

    static boolean isFileName(String name) {
        return name.endsWith(SUFFIX);
    }

    /** A record of a queue begins in the batch at {@code batchOffset}. */
    void add(int shard, long queueId, long index, long arrivalMillis, long batchOffset) {
        if (overflown) {
            return;
        }
        Span span = spans.computeIfAbsent(new Queue(shard, queueId), queue -> new Span());
        span.add(index, arrivalMillis, batchOffset);
        overflown = spans.size() > SPANS_MAX;
    }

    void seal(long nowMillis) {
        sealedAtMillis = nowMillis;
    }

    long sealedAtMillis() {
        return sealedAtMillis;
    }

    /** Null when the segment has nothing of the queue. */
    @Nullable
    Span span(int shard, long queueId) {
        return spans.get(new Queue(shard, queueId));
    }

    /** False when it knows only a part of what the segment has. */
    boolean isComplete() {
        return !overflown;
    }

    void write(FileLayer files, UUID journalId, long generation) throws IOException {
        var to = new SectionWriter(journalId, generation);
        to.begin(SectionType.SEGMENT_INDEX);
        to.putLong(generation).putLong(sealedAtMillis);
        to.end();
        for (Map.Entry<Queue, Span> each : spans.entrySet()) {
            Span span = each.getValue();
            to.begin(SectionType.QUEUE_SPAN);
            to.putInt(each.getKey().shard()).putLong(each.getKey().queueId());
            to.putLong(span.firstIndex).putLong(span.lastIndex).putLong(span.lastArrivalMillis);
            to.putLong(span.records);
            for (int i = 0; i < 3 * span.pointCount; i++) {
                to.putLong(span.points[i]);
            }
            to.end();
        }
        CheckpointContent.writeEnd(to);
        try (GrowingFile file = files.create(fileName(generation))) {
            file.append(to.take());
            file.sync();
        }
    }

    /** Null when there is none that can be used. */
    static @Nullable SegmentIndex read(FileLayer files, UUID journalId, long generation) throws IOException {
        String name = fileName(generation);
        if (!files.names().contains(name)) {
            return null;
        }
        ByteBuffer content;
        try (JournalFile file = files.openForReading(name)) {
            if (file.bytes() > FILE_BYTES_MAX) {
                return null;
            }
            content = ByteBuffer.allocate((int) file.bytes());
            file.read(content, 0);
        }
        content.flip();
        try {
            return parse(content, new SectionReader(journalId, generation), generation);
        } catch (DamagedFormatException | BufferUnderflowException e) {
            return null;
        }
    }

    private static @Nullable SegmentIndex parse(ByteBuffer content, SectionReader section, long generation)
            throws DamagedFormatException {
        var index = new SegmentIndex();
        while (true) {
            long bytes = SectionReader.bytesOf(content);
            if (bytes == 0 || bytes > content.remaining()) {
                return null;
            }
            section.show(content, (int) bytes);
            if (section.type() == SectionType.SEGMENT_INDEX && section.getLong() == generation) {
                index.sealedAtMillis = section.getLong();
            } else if (section.type() == SectionType.QUEUE_SPAN) {
                index.readSpan(section);
            } else {
                boolean whole = section.type() == SectionType.END && section.getInt() == section.sections() - 1;
                return whole ? index : null;
            }
        }
    }

    private void readSpan(SectionReader from) {
        var queue = new Queue(from.getInt(), from.getLong());
        var span = new Span();
        span.firstIndex = from.getLong();
        span.lastIndex = from.getLong();
        span.lastArrivalMillis = from.getLong();
        span.records = from.getLong();
        while (from.hasRemaining()) {
            span.addPoint(from.getLong(), from.getLong(), from.getLong());
        }
        spans.put(queue, span);
    }
}
