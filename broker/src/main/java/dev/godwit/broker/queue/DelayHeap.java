package dev.godwit.broker.queue;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Messages by the time before which nobody is to be given them, the earliest first, those of one time by their numbers: 16
 * bytes each, 8 more for all when some expire, or have a place in the queue to which they go back, and 4 when it is to be known
 * how long some are. What expires before its time comes when it expires. Owned by the queue's loop.
 */
final class DelayHeap {
    /** The number of a message stands above so many bits, which are the caller's. */
    static final int NUMBER_SHIFT = 16;

    /** No place of its own. */
    static final long NO_SEQUENCE = 0;

    private static final int LENGTH_MIN = 16;

    /** Grows by this part of itself. */
    private static final int GROWTH_PART = 2;

    private long[] times = {};
    private long[] values = {};
    private long @Nullable [] expiries;
    private long @Nullable [] sequences;
    private int @Nullable [] sizes;
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

    /** When something becomes of the first: its time has come, or it expires. */
    long firstDueMillis() {
        return due(0);
    }

    long time(int at) {
        return times[at];
    }

    long value(int at) {
        return values[at];
    }

    long expiry(int at) {
        return expiries == null ? QueueEntry.NEVER_EXPIRES : expiries[at];
    }

    long sequence(int at) {
        return sequences == null ? NO_SEQUENCE : sequences[at];
    }

    /** How long the message is, encoded; 0 when nobody said. */
    int sizeBytes(int at) {
        return sizes == null ? 0 : sizes[at];
    }

    private long due(int at) {
        return Math.min(times[at], expiry(at));
    }

    private static long number(long value) {
        return value >>> NUMBER_SHIFT;
    }

    /** @param value a number and the caller's bits */
    void add(long timeMillis, long value, long expiryTimeMillis, long sequence) {
        add(timeMillis, value, expiryTimeMillis, sequence, 0);
    }

    /**
     * @param value a number and the caller's bits
     * @param sizeBytes to be known again; 0 for not
     */
    void add(long timeMillis, long value, long expiryTimeMillis, long sequence, int sizeBytes) {
        if (size == times.length) {
            resize(Math.max(LENGTH_MIN, size + size / GROWTH_PART));
        }
        if (expiries == null && expiryTimeMillis != QueueEntry.NEVER_EXPIRES) {
            expiries = new long[times.length];
            Arrays.fill(expiries, QueueEntry.NEVER_EXPIRES);
        }
        if (sequences == null && sequence != NO_SEQUENCE) {
            sequences = new long[times.length];
        }
        if (sizes == null && sizeBytes != 0) {
            sizes = new int[times.length];
        }
        put(size, timeMillis, value, expiryTimeMillis, sequence, sizeBytes);
        size++;
        rise(size - 1);
    }

    private void put(int at, long timeMillis, long value, long expiryTimeMillis, long sequence, int sizeBytes) {
        times[at] = timeMillis;
        values[at] = value;
        if (expiries != null) {
            expiries[at] = expiryTimeMillis;
        }
        if (sequences != null) {
            sequences[at] = sequence;
        }
        if (sizes != null) {
            sizes[at] = sizeBytes;
        }
    }

    /** Removes the first, which is at 0; the order of the others changes. */
    void removeFirst() {
        size--;
        if (size > 0) {
            move(size, 0);
            sink(0);
        }
        if (size == 0) {
            expiries = null;
            sequences = null;
            sizes = null;
        }
        if (size < times.length / 4 && times.length > LENGTH_MIN) {
            resize(Math.max(LENGTH_MIN, times.length / 2));
        }
    }

    /**
     * Makes some the first, in one pass over all, by which they lose their times: the caller is to remove them at once.
     *
     * @param ids of those wanted, ascending
     * @param idOf an id for a value
     * @return how many of them are here
     */
    int bringToFront(long[] ids, LongUnaryOperator idOf) {
        if (ids.length == 0) {
            return 0;
        }
        long lowest = ids[0];
        long highest = ids[ids.length - 1];
        int found = 0;
        for (int at = 0; at < size; at++) {
            long id = idOf.applyAsLong(values[at]);
            if (id >= lowest && id <= highest && Arrays.binarySearch(ids, id) >= 0) {
                found++;
                times[at] = Long.MIN_VALUE;
                // It changes places with those before it only, which have been looked at.
                rise(at);
            }
        }
        return found;
    }

    /**
     * The places of the next ones after a time and a number, in order. One pass over all.
     *
     * @param countMax at most so many
     */
    int[] next(long afterMillis, long afterNumber, int countMax) {
        var next = new int[Math.min(size, countMax)];
        int count = 0;
        for (int at = 0; at < size && next.length > 0; at++) {
            if (times[at] < afterMillis || (times[at] == afterMillis && number(values[at]) <= afterNumber)) {
                continue;
            }
            if (count < next.length) {
                insert(next, count++, at);
            } else if (compareTimes(at, next[count - 1]) < 0) {
                insert(next, count - 1, at);
            }
        }
        return Arrays.copyOf(next, count);
    }

    /** Puts a place among the first {@code count}, which are in order. */
    private void insert(int[] places, int count, int at) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compareTimes(places[middle], at) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        System.arraycopy(places, low, places, low + 1, count - low);
        places[low] = at;
    }

    private int compareTimes(int one, int other) {
        int order = Long.compare(times[one], times[other]);
        return order == 0 ? Long.compare(number(values[one]), number(values[other])) : order;
    }

    private boolean isBefore(int one, int other) {
        long dueOne = due(one);
        long dueOther = due(other);
        return dueOne == dueOther ? number(values[one]) < number(values[other]) : dueOne < dueOther;
    }

    private void rise(int from) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (!isBefore(at, parent)) {
                return;
            }
            swap(at, parent);
            at = parent;
        }
    }

    private void sink(int from) {
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && isBefore(child + 1, child)) {
                child++;
            }
            if (!isBefore(child, at)) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int one, int other) {
        long time = times[one];
        long value = values[one];
        long expiry = expiry(one);
        long sequence = sequence(one);
        int sizeBytes = sizeBytes(one);
        move(other, one);
        put(other, time, value, expiry, sequence, sizeBytes);
    }

    private void move(int from, int to) {
        put(to, times[from], values[from], expiry(from), sequence(from), sizeBytes(from));
    }

    private void resize(int length) {
        times = Arrays.copyOf(times, length);
        values = Arrays.copyOf(values, length);
        if (expiries != null) {
            expiries = Arrays.copyOf(expiries, length);
        }
        if (sequences != null) {
            sequences = Arrays.copyOf(sequences, length);
        }
        if (sizes != null) {
            sizes = Arrays.copyOf(sizes, length);
        }
    }
}
