package dev.godwit.storage.record;

import java.util.Arrays;

/** Ascending, disjoint ranges of indices. Immutable once built. */
public final class LongRanges {
    /** No index at all. */
    public static final LongRanges NONE = new LongRanges(new long[0]);

    private final long[] bounds;

    private LongRanges(long[] bounds) {
        this.bounds = bounds;
    }

    /** One index alone. */
    public static LongRanges of(long index) {
        return new LongRanges(new long[] {index, index});
    }

    /** One range; both ends included. */
    public static LongRanges between(long first, long last) {
        if (first > last) {
            throw new IllegalArgumentException("first " + first + " is after last " + last);
        }
        return new LongRanges(new long[] {first, last});
    }

    /**
     * From first, last, first, last …
     *
     * @throws IllegalArgumentException when they are not ascending and disjoint
     */
    public static LongRanges ofBounds(long[] bounds) {
        if (bounds.length == 0 || bounds.length % 2 != 0) {
            throw new IllegalArgumentException("bounds come in pairs: " + bounds.length);
        }
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] > bounds[i + 1] || (i > 0 && bounds[i] <= bounds[i - 1])) {
                throw new IllegalArgumentException("ranges are not in ascending order: " + Arrays.toString(bounds));
            }
        }
        return new LongRanges(bounds.clone());
    }

    /** The ranges that hold exactly the first {@code count} of {@code indices}, which this call sorts in place. */
    public static LongRanges covering(long[] indices, int count) {
        if (count == 0) {
            throw new IllegalArgumentException("no index to cover");
        }
        Arrays.sort(indices, 0, count);
        var bounds = new long[2 * count];
        int used = 0;
        for (int i = 0; i < count; i++) {
            long index = indices[i];
            if (used > 0 && index <= bounds[used - 1] + 1) {
                bounds[used - 1] = index;
            } else {
                bounds[used++] = index;
                bounds[used++] = index;
            }
        }
        return new LongRanges(Arrays.copyOf(bounds, used));
    }

    /** The same, and {@link #NONE} for no index. */
    public static LongRanges coveringAny(long[] indices, int count) {
        return count == 0 ? NONE : covering(indices, count);
    }

    public boolean isEmpty() {
        return bounds.length == 0;
    }

    /** Number of ranges; 0 only of {@link #NONE}. */
    public int count() {
        return bounds.length / 2;
    }

    public long first(int range) {
        return bounds[2 * range];
    }

    public long last(int range) {
        return bounds[2 * range + 1];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LongRanges that && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (int range = 0; range < count(); range++) {
            text.append(range == 0 ? "" : ",").append(first(range));
            if (last(range) != first(range)) {
                text.append('-').append(last(range));
            }
        }
        return text.toString();
    }
}
