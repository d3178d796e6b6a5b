package dev.godwit.broker.queue;

import java.util.Arrays;

/**
 * Ids of messages in the order in which they came, found by their hashes: 32 bytes each, and up to 16 for finding it. Each
 * has a position, a number that grows with each one that is added. Owned by the queue's loop.
 */
final class RememberedIds {
    static final long UNKNOWN = -1;

    private static final int CAPACITY_MIN = 64;
    private static final int EMPTY = -1;

    private static final long[] NO_LONGS = {};
    private static final int[] NO_INTS = {};

    private long[] highs = NO_LONGS;
    private long[] lows = NO_LONGS;
    private long[] times = NO_LONGS;
    private long[] indices = NO_LONGS;

    /** Places in the ring, open addressing; twice as long as the ring. */
    private int[] table = NO_INTS;

    private long begin;
    private long end;

    private static int[] newTable(int capacity) {
        var made = new int[2 * capacity];
        Arrays.fill(made, EMPTY);
        return made;
    }

    int size() {
        return (int) (end - begin);
    }

    boolean isEmpty() {
        return begin == end;
    }

    /** The position of the oldest one. */
    long begin() {
        return begin;
    }

    /** The position that the next one will have. */
    long end() {
        return end;
    }

    /** Where the id stands; {@link #UNKNOWN} when it is not here. */
    long find(long high, long low) {
        if (isEmpty()) {
            return UNKNOWN;
        }
        int slot = slotOf(high, low);
        if (table[slot] == EMPTY) {
            return UNKNOWN;
        }
        return begin + ((table[slot] - begin) & (highs.length - 1));
    }

    /**
     * Adds one as the newest. One that is here already stays, and is not found any more.
     *
     * @param index of its message; 0 for one that is not in the journal
     */
    void add(long high, long low, long timeMillis, long index) {
        if (size() == highs.length) {
            grow();
        }
        int place = place(end++);
        highs[place] = high;
        lows[place] = low;
        times[place] = timeMillis;
        indices[place] = index;
        table[slotOf(high, low)] = place;
    }

    /** Forgets the oldest one. */
    void removeFirst() {
        int place = place(begin++);
        int slot = slotOf(highs[place], lows[place]);
        if (table[slot] == place) {
            close(slot);
        }
    }

    /** Forgets all. */
    void clear() {
        begin = end;
        highs = NO_LONGS;
        lows = NO_LONGS;
        times = NO_LONGS;
        indices = NO_LONGS;
        table = NO_INTS;
    }

    long high(long position) {
        return highs[place(position)];
    }

    long low(long position) {
        return lows[place(position)];
    }

    long timeMillis(long position) {
        return times[place(position)];
    }

    long index(long position) {
        return indices[place(position)];
    }

    private int place(long position) {
        return (int) position & (highs.length - 1);
    }

    /** Where the id is in the table, or would be. */
    private int slotOf(long high, long low) {
        int mask = table.length - 1;
        int slot = Long.hashCode(low) & mask;
        while (table[slot] != EMPTY && (lows[table[slot]] != low || highs[table[slot]] != high)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** Takes one out of the table, and moves those up that it had pushed on. */
    private void close(int slot) {
        int mask = table.length - 1;
        int gap = slot;
        for (int next = (gap + 1) & mask; table[next] != EMPTY; next = (next + 1) & mask) {
            int home = Long.hashCode(lows[table[next]]) & mask;
            if (((next - home) & mask) >= ((next - gap) & mask)) {
                table[gap] = table[next];
                gap = next;
            }
        }
        table[gap] = EMPTY;
    }

    private void grow() {
        int capacity = Math.max(CAPACITY_MIN, 2 * highs.length);
        highs = unrolled(highs, capacity);
        lows = unrolled(lows, capacity);
        times = unrolled(times, capacity);
        indices = unrolled(indices, capacity);
        table = newTable(capacity);
        for (long position = begin; position < end; position++) {
            table[slotOf(high(position), low(position))] = place(position);
        }
    }

    private long[] unrolled(long[] ring, int capacity) {
        var longer = new long[capacity];
        for (long position = begin; position < end; position++) {
            longer[(int) position & (longer.length - 1)] = ring[(int) position & (ring.length - 1)];
        }
        return longer;
    }
}
