package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/** The stretches of a line that are being read from the journal: at most two, one behind the other. Owned by the queue's loop. */
final class ReadWindows {
    /** Where no message is. */
    static final long NONE = -1;

    private @Nullable ReadWindow first;

    /** Null unless there is a first one. */
    private @Nullable ReadWindow second;

    boolean isEmpty() {
        return first == null;
    }

    boolean isFull() {
        return second != null;
    }

    /** Behind those that are here; only while it is not full. */
    void add(ReadWindow window) {
        if (first == null) {
            first = window;
        } else if (second == null) {
            second = window;
        } else {
            throw new IllegalStateException("a third window");
        }
    }

    /** Null when there is none. */
    @Nullable
    ReadWindow first() {
        return first;
    }

    void removeFirst() {
        first = second;
        second = null;
    }

    /** The one that this place is in; null for none. */
    @Nullable
    ReadWindow at(long sequence) {
        if (first != null && first.contains(sequence)) {
            return first;
        }
        return second != null && second.contains(sequence) ? second : null;
    }

    /** The first message from this place on that has not left; {@link #NONE} when there is none. */
    long nextPresent(long sequence) {
        long next = nextPresent(first, sequence);
        return next == NONE ? nextPresent(second, sequence) : next;
    }

    private static long nextPresent(@Nullable ReadWindow window, long sequence) {
        if (window == null || sequence >= window.end()) {
            return NONE;
        }
        long next = window.nextPresent(sequence);
        return next < window.end() ? next : NONE;
    }

    /** Moves what is known by now to the row, up to the first place that was not answered. */
    void handOver(HotEntries row) {
        while (first != null) {
            first.handOver(row);
            if (!first.isEmpty()) {
                return;
            }
            removeFirst();
        }
    }
}
