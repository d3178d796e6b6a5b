package dev.godwit.storage.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments that hold the journal, oldest first, generations without a gap. The last one is being written. They are
 * freed in that order only: so a removal never dies before what it removed. Owned by the writer thread, before that by
 * the thread that opens the journal.
 */
final class SegmentLine {
    private final ArrayList<Segment> segments = new ArrayList<>();
    private @Nullable List<Segment> snapshot;
    private long capacityBytes;
    private long liveBytes;
    private long liveRecords;

    void add(Segment segment) {
        if (!segments.isEmpty() && segment.generation() != current().generation() + 1) {
            throw new IllegalStateException("segment " + segment.generation() + " cannot follow "
                    + current().generation());
        }
        segments.add(segment);
        snapshot = null;
        capacityBytes += segment.capacityBytes();
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    int count() {
        return segments.size();
    }

    List<Segment> all() {
        List<Segment> known = snapshot;
        if (known == null) {
            known = List.copyOf(segments);
            snapshot = known;
        }
        return known;
    }

    Segment oldest() {
        return segments.get(0);
    }

    Segment current() {
        return segments.get(segments.size() - 1);
    }

    boolean has(long generation) {
        return !segments.isEmpty()
                && generation >= oldest().generation()
                && generation <= current().generation();
    }

    Segment get(long generation) {
        return segments.get(Math.toIntExact(generation - oldest().generation()));
    }

    void addLive(long generation, long bytes) {
        addLive(generation, 1, bytes);
    }

    /** That many records, that many bytes together. */
    void addLive(long generation, long records, long bytes) {
        get(generation).addLive(records, bytes);
        liveBytes += bytes;
        liveRecords += records;
    }

    /** That many records, that many bytes together. */
    void removeLive(long generation, long records, long bytes) {
        get(generation).removeLive(records, bytes);
        liveBytes -= bytes;
        liveRecords -= records;
    }

    /** Of all segments, the one that is being written included. */
    long capacityBytes() {
        return capacityBytes;
    }

    long liveBytes() {
        return liveBytes;
    }

    long liveRecords() {
        return liveRecords;
    }

    /** The oldest generation that the next start needs: all before it hold nothing alive and nothing is written there. */
    long oldestNeeded() {
        for (Segment segment : segments) {
            if (segment.liveRecords() > 0) {
                return segment.generation();
            }
        }
        return current().generation();
    }

    /** Takes away, oldest first, the segments before {@code generation}. */
    ArrayDeque<Segment> removeBefore(long generation) {
        var removed = new ArrayDeque<Segment>();
        while (oldest().generation() < generation) {
            Segment segment = segments.remove(0);
            snapshot = null;
            capacityBytes -= segment.capacityBytes();
            removed.add(segment);
        }
        return removed;
    }
}
