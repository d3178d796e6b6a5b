package dev.godwit.storage.segment;

/** Counts out what is removed: of neighbours in one segment at once, when {@link #end} is called. Owned like its segments. */
final class RemovedRecords {
    private final SegmentLine segments;
    private long lastAt = Location.NONE;
    private long records;
    private long bytes;

    RemovedRecords(SegmentLine segments) {
        this.segments = segments;
    }

    /** A record that lay there was removed. */
    void add(long at) {
        if (!Location.isSameSegment(at, lastAt)) {
            end();
        }
        lastAt = at;
        records++;
        bytes += Location.bytesAtLeast(at);
    }

    /** No more were removed for now. */
    void end() {
        if (records > 0) {
            long generation = Location.generation(lastAt, segments.oldest().generation());
            segments.removeLive(generation, records, bytes);
            records = 0;
            bytes = 0;
        }
    }
}
