package dev.godwit.storage.segment;

/**
 * Where a live record lies, packed into 8 bytes: 27 bits of the segment's generation, 30 bits of the offset of its first
 * piece within the segment, 7 bits of its size class. The generation is the one next to a segment that is known to exist:
 * 134 million segments may come between the oldest and the newest.
 */
final class Location {
    /** No record. No record lies in the first block of a segment. */
    static final long NONE = 0;

    private static final int GENERATION_BITS = 27;
    private static final int OFFSET_BITS = 30;
    private static final int SIZE_BITS = 7;
    private static final long GENERATION_MASK = (1L << GENERATION_BITS) - 1;
    private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;
    private static final int SIZE_MASK = (1 << SIZE_BITS) - 1;

    /** Size classes go up in quarters of a power of two. */
    private static final int QUARTER_BITS = 2;

    /** Of the smallest record. */
    private static final int BYTES_MIN = 32;

    private Location() {}

    static long of(long generation, long offset, long bytes) {
        if (generation <= 0 || offset <= 0 || offset > OFFSET_MASK) {
            throw new IllegalArgumentException("no record lies at generation " + generation + ", offset " + offset);
        }
        return (generation & GENERATION_MASK) << (OFFSET_BITS + SIZE_BITS) | offset << SIZE_BITS | sizeClass(bytes);
    }

    /** @param oldest the generation of the oldest segment there is */
    static long generation(long location, long oldest) {
        long low = location >>> (OFFSET_BITS + SIZE_BITS);
        return oldest + ((low - oldest) & GENERATION_MASK);
    }

    /** Whether both lie in the same segment. */
    static boolean isSameSegment(long location, long other) {
        return (location ^ other) >>> (OFFSET_BITS + SIZE_BITS) == 0;
    }

    static long offset(long location) {
        return location >>> SIZE_BITS & OFFSET_MASK;
    }

    /** What the record takes on disk, all pieces and headers, is more than this, by a quarter at most. */
    static long bytesAtLeast(long location) {
        return bound((int) location & SIZE_MASK);
    }

    /** What the record takes on disk, all pieces and headers, is no more than this. */
    static long bytesAtMost(long location) {
        return bound(((int) location & SIZE_MASK) + 1);
    }

    private static int sizeClass(long bytes) {
        long rest = Math.max(bytes, BYTES_MIN) - 1;
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(rest);
        int quarter = (int) (rest >>> (exponent - QUARTER_BITS)) & ((1 << QUARTER_BITS) - 1);
        return Math.min(SIZE_MASK, (exponent << QUARTER_BITS) + quarter);
    }

    /** The lower end of a size class, which is the upper end of the one before. */
    private static long bound(int sizeClass) {
        int exponent = sizeClass >>> QUARTER_BITS;
        long quarter = sizeClass & ((1 << QUARTER_BITS) - 1);
        return ((1L << QUARTER_BITS) + quarter) << (exponent - QUARTER_BITS);
    }
}
