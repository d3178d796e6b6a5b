package dev.godwit.storage.segment;

import java.util.Arrays;

/** Where neighbouring entries of a shard's log lie, each a {@link Location}: 8 bytes an entry. Comes and goes at both ends. */
final class EntryPlaces {
    private static final int CAPACITY_MIN = 64;

    /** A ring, whose length is a power of two. */
    private long[] ring = new long[CAPACITY_MIN];

    private int head;
    private int count;

    int count() {
        return count;
    }

    /** The {@code i}-th, from 0. */
    long get(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException(i + " of " + count);
        }
        return ring[(head + i) & (ring.length - 1)];
    }

    void add(long location) {
        if (count == ring.length) {
            long[] larger = Arrays.copyOf(Arrays.copyOfRange(ring, head, ring.length), 2 * ring.length);
            System.arraycopy(ring, 0, larger, ring.length - head, head);
            ring = larger;
            head = 0;
        }
        ring[(head + count) & (ring.length - 1)] = location;
        count++;
    }

    void removeFirst(int howMany) {
        head = (head + howMany) & (ring.length - 1);
        count -= howMany;
    }

    /** Keeps the first ones. */
    void keep(int howMany) {
        count = howMany;
    }
}
