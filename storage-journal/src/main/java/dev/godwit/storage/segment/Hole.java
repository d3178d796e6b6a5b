package dev.godwit.storage.segment;

/** A damaged stretch of a segment, from one block to another, and the records within it that verify. Immutable. */
final class Hole {
    private final long from;
    private final long to;
    private final long[] recordOffsets;

    /**
     * @param from where the first batch began that does not verify
     * @param to where the next whole batch begins, or nothing more
     * @param recordOffsets where in the file the records begin that verify by themselves, ascending
     */
    Hole(long from, long to, long[] recordOffsets) {
        this.from = from;
        this.to = to;
        this.recordOffsets = recordOffsets.clone();
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    int records() {
        return recordOffsets.length;
    }

    long recordOffset(int record) {
        return recordOffsets[record];
    }
}
