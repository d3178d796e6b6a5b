package dev.godwit.broker.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row of entries with consecutive sequence numbers, some of which may have left by another door. Owned by the queue's
 * loop.
 */
final class HotEntries {
    private static final int LENGTH_MIN = 2;
    private static final int LENGTH_KEPT_MAX = 8 * 1024;

    /** A ring; its length is a power of two. */
    private @Nullable QueueEntry[] ring = new QueueEntry[LENGTH_MIN];

    private int head;
    private int size;
    private int present;
    private long firstSequence;

    /** How many numbers the row spans. */
    int size() {
        return size;
    }

    /** How many of them have not left. */
    int present() {
        return present;
    }

    /** Behind the last number. */
    long end() {
        return firstSequence + size;
    }

    /** The first from this place on that has not left; {@link #end} when there is none. */
    long nextPresent(long sequence) {
        for (long next = Math.max(sequence, firstSequence); next < end(); next++) {
            if (ring[slot(next)] != null) {
                return next;
            }
        }
        return end();
    }

    boolean contains(long sequence) {
        return sequence >= firstSequence && sequence < firstSequence + size;
    }

    /**
     * @param sequence one more than that of the last one; any when there is none
     * @param entry null when the message has left already
     */
    void addLast(long sequence, @Nullable QueueEntry entry) {
        if (size == 0) {
            firstSequence = sequence;
        } else if (sequence != firstSequence + size) {
            throw new IllegalArgumentException(
                    "sequence " + sequence + " does not follow " + (firstSequence + size - 1));
        }
        if (size == ring.length) {
            grow();
        }
        ring[(head + size) & (ring.length - 1)] = entry;
        present += entry == null ? 0 : 1;
        size++;
    }

    private void grow() {
        int length = ring.length;
        var more = Arrays.copyOf(ring, 2 * length);
        for (int i = 0; i < length; i++) {
            more[i] = ring[(head + i) & (length - 1)];
        }
        ring = more;
        head = 0;
    }

    /** The first that is still here; null when there is none. */
    @Nullable
    QueueEntry peekFirst() {
        while (size > 0) {
            var entry = ring[head];
            if (entry != null) {
                return entry;
            }
            dropFirst();
        }
        return null;
    }

    /** Takes away what {@link #peekFirst} gave. */
    void dropFirst() {
        present -= ring[head] == null ? 0 : 1;
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        firstSequence++;
        size--;
        if (size == 0 && ring.length > LENGTH_KEPT_MAX) {
            ring = new QueueEntry[LENGTH_MIN];
            head = 0;
        }
    }

    /** Null when it has left. */
    @Nullable
    QueueEntry get(long sequence) {
        return ring[slot(sequence)];
    }

    /** It leaves by another door. */
    void remove(long sequence) {
        int slot = slot(sequence);
        present -= ring[slot] == null ? 0 : 1;
        ring[slot] = null;
    }

    private int slot(long sequence) {
        if (!contains(sequence)) {
            throw new IllegalArgumentException("sequence " + sequence + " is not here");
        }
        return (head + (int) (sequence - firstSequence)) & (ring.length - 1);
    }
}
