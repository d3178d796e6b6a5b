package dev.godwit.distribution.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** A set of sequence numbers, one bit each, for numbers that start at 0 and are dense. Not thread-safe. */
final class SequenceBits {
    private static final int CHUNK_BITS_LOG2 = 18;
    private static final int CHUNK_BITS = 1 << CHUNK_BITS_LOG2;
    private static final int CHUNK_WORDS = CHUNK_BITS / Long.SIZE;

    private final List<long[]> chunks = new ArrayList<>();
    private long size;

    /** Adds a number; false when it was there. */
    boolean add(long sequence) {
        long[] chunk = chunkFor(sequence);
        int word = (int) (sequence & (CHUNK_BITS - 1)) >>> 6;
        long bit = 1L << sequence;
        if ((chunk[word] & bit) != 0) {
            return false;
        }
        chunk[word] |= bit;
        size++;
        return true;
    }

    boolean contains(long sequence) {
        long index = sequence >>> CHUNK_BITS_LOG2;
        if (sequence < 0 || index >= chunks.size()) {
            return false;
        }
        int word = (int) (sequence & (CHUNK_BITS - 1)) >>> 6;
        return (chunks.get((int) index)[word] & 1L << sequence) != 0;
    }

    /** How many different numbers are in it. */
    long size() {
        return size;
    }

    /** Adds all of another set; returns how many were here already. */
    long addAll(SequenceBits other) {
        long before = size;
        other.forEach(this::add);
        return before + other.size - size;
    }

    /** Hands out the numbers in ascending order. */
    void forEach(LongConsumer consumer) {
        for (int index = 0; index < chunks.size(); index++) {
            long[] chunk = chunks.get(index);
            for (int word = 0; word < CHUNK_WORDS; word++) {
                long base = ((long) index << CHUNK_BITS_LOG2) + (long) word * Long.SIZE;
                for (long bits = chunk[word]; bits != 0; bits &= bits - 1) {
                    consumer.accept(base + Long.numberOfTrailingZeros(bits));
                }
            }
        }
    }

    private long[] chunkFor(long sequence) {
        long index = sequence >>> CHUNK_BITS_LOG2;
        while (chunks.size() <= index) {
            chunks.add(new long[CHUNK_WORDS]);
        }
        return chunks.get((int) index);
    }
}
