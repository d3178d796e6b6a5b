package dev.godwit.broker.queue;

import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Sequence numbers of messages by the time at which they expire, the earliest first: 16 bytes each. Owned by the queue's
 * loop.
 */
final class ExpiryHeap {
    private static final int LENGTH_MIN = 16;

    /** Grows by this part of itself. */
    private static final int GROWTH_PART = 2;

    private long[] times = {};
    private long[] sequences = {};
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** How many it has room for. */
    int capacity() {
        return times.length;
    }

    long firstTimeMillis() {
        return times[0];
    }

    void add(long timeMillis, long sequence) {
        if (size == times.length) {
            resize(Math.max(LENGTH_MIN, size + size / GROWTH_PART));
        }
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) / 2;
            if (times[parent] <= timeMillis) {
                break;
            }
            move(parent, hole);
            hole = parent;
        }
        put(hole, timeMillis, sequence);
    }

    /** Takes the sequence number that goes with {@link #firstTimeMillis}. */
    long removeFirst() {
        long first = sequences[0];
        size--;
        if (size > 0) {
            sink(0, times[size], sequences[size]);
        }
        if (size < times.length / 4 && times.length > LENGTH_MIN) {
            resize(Math.max(LENGTH_MIN, times.length / 2));
        }
        return first;
    }

    /** Keeps those for which {@code stays} holds. */
    void retain(LongPredicate stays) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (stays.test(sequences[i])) {
                move(i, kept++);
            }
        }
        size = kept;
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i, times[i], sequences[i]);
        }
        if (size < times.length / 4) {
            resize(Math.max(LENGTH_MIN, 2 * size));
        }
    }

    private void resize(int length) {
        times = Arrays.copyOf(times, length);
        sequences = Arrays.copyOf(sequences, length);
    }

    private void sink(int from, long timeMillis, long sequence) {
        int hole = from;
        while (true) {
            int child = 2 * hole + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && times[child + 1] < times[child]) {
                child++;
            }
            if (times[child] >= timeMillis) {
                break;
            }
            move(child, hole);
            hole = child;
        }
        put(hole, timeMillis, sequence);
    }

    private void move(int from, int to) {
        times[to] = times[from];
        sequences[to] = sequences[from];
    }

    private void put(int at, long timeMillis, long sequence) {
        times[at] = timeMillis;
        sequences[at] = sequence;
    }
}
