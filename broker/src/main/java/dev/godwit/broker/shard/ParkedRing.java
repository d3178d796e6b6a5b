package dev.godwit.broker.shard;

import dev.godwit.broker.queue.Parked;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What waits for commits, in the order of the log, without an object of its own for each. Owned by the shard's loop. */
final class ParkedRing {
    private @Nullable Parked[] parked = new Parked[1024];
    private long[] indices = new long[1024];
    private int head;
    private int count;

    void add(long index, Parked waiter) {
        if (count == parked.length) {
            grow();
        }
        int slot = (head + count) & (parked.length - 1);
        parked[slot] = waiter;
        indices[slot] = index;
        count++;
    }

    private void grow() {
        int length = parked.length;
        var moreParked = Arrays.copyOf(parked, 2 * length);
        var moreIndices = Arrays.copyOf(indices, 2 * length);
        for (int i = 0; i < length; i++) {
            int slot = (head + i) & (length - 1);
            moreParked[i] = parked[slot];
            moreIndices[i] = indices[slot];
        }
        parked = moreParked;
        indices = moreIndices;
        head = 0;
    }

    /** The next one whose record lies at or before {@code index}; null when there is none. */
    @Nullable
    Parked poll(long index) {
        if (count == 0 || indices[head] > index) {
            return null;
        }
        var waiter = parked[head];
        parked[head] = null;
        head = (head + 1) & (parked.length - 1);
        count--;
        return waiter;
    }
}
