package dev.godwit.storage.segment;

import java.util.Arrays;

/**
 * Where the live records of one segment lie, in ascending order, so that they can be read without the dead ones between
 * them. Made when a segment is begun to be emptied; records may have died since. Owned by the writer thread.
 */
final class StragglerList {
    /** Reading on is cheaper than another read when the next record is no farther away. */
    private static final int GAP_BYTES_MAX = 32 * 1024;

    private static final int READ_BYTES_MAX = 1024 * 1024;

    /** Hoped to hold the last record of a read; where it does not, that record is read again. */
    private static final int LAST_RECORD_BYTES = 8 * 1024;

    private int[] offsets;
    private int count;
    private int next;
    private long readUpTo;

    /** Walks over all live records: the caller sees to it that they are not too many. */
    StragglerList(Segment segment, LiveRecords live) {
        offsets = new int[Math.toIntExact(segment.liveRecords())];
        live.forEachIn(segment.generation(), this::add);
        Arrays.sort(offsets, 0, count);
    }

    private void add(long offset) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, Math.max(16, 2 * count));
        }
        offsets[count++] = Math.toIntExact(offset);
    }

    boolean isEmpty() {
        return next == count;
    }

    /** Of the next record. */
    long offset() {
        return offsets[next];
    }

    void remove() {
        next++;
    }

    /** How many bytes to read from the next record on; 0 when an earlier read goes beyond its beginning. */
    int bytesToRead() {
        long from = offset();
        if (from < readUpTo) {
            return 0;
        }
        int last = next;
        while (last + 1 < count
                && offsets[last + 1] - offsets[last] <= GAP_BYTES_MAX
                && offsets[last + 1] - from <= READ_BYTES_MAX - LAST_RECORD_BYTES) {
            last++;
        }
        readUpTo = offsets[last] + (long) LAST_RECORD_BYTES;
        return (int) (readUpTo - from);
    }
}
