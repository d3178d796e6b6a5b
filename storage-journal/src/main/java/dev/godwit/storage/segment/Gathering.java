package dev.godwit.storage.segment;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written: what is in the queue, and what was taken out of it to see whether it can wait. Owned by the
 * writer thread.
 *
 * <p>Design note: once there is something that cannot wait, the rest is left in the queue until it is its turn, and goes
 * from there into the batch. To note it here in between would cost more than to write its header.
 */
final class Gathering {
    private final AppendQueue queue;
    private final DiskSpace space;
    private final LogSettings settings;
    private final ArrayDeque<Append> taken = new ArrayDeque<>();
    private long takenBytes;
    private boolean urgent;
    private long sinceNanos;
    private int left;

    Gathering(AppendQueue queue, DiskSpace space, LogSettings settings) {
        this.queue = queue;
        this.space = space;
        this.settings = settings;
    }

    /** Takes in what has come, until that is enough to write. */
    void look() {
        while (!isDue()) {
            Append append = queue.poll();
            if (append == null) {
                return;
            }
            if (taken.isEmpty()) {
                sinceNanos = System.nanoTime();
            }
            taken.add(append);
            takenBytes += append.bytes();
            urgent |= !append.lazy();
        }
    }

    /** There is something that must not wait, or enough for a batch. On a full disk everything waits. */
    boolean isDue() {
        return (urgent && !space.isFull()) || takenBytes >= settings.batchBytes();
    }

    /** Nothing was found by {@link #look} that was not written since. */
    boolean isEmpty() {
        return taken.isEmpty();
    }

    /** How much longer what was found may wait. */
    long nanosLeft() {
        return space.gatherNanos(settings.lazySyncMillis()) - (System.nanoTime() - sinceNanos);
    }

    /** To be written before all that waits. */
    void addFirst(Append append) {
        taken.addFirst(append);
        takenBytes += append.bytes();
    }

    /** What has come until now is what {@link #next} gives. */
    void count() {
        left = queue.size();
    }

    /** The same for what has come since; false when nothing has. */
    boolean hasMore() {
        count();
        return left > 0;
    }

    /** The next to be written; null when all is that was found and counted. */
    @Nullable
    Append next() {
        Append first = taken.poll();
        if (first != null) {
            takenBytes -= first.bytes();
            return first;
        }
        if (left == 0) {
            return null;
        }
        left--;
        return queue.poll();
    }

    /** A batch has been laid out: what is found from now on may be lazy. */
    void onBatch() {
        left = 0;
        urgent &= !taken.isEmpty();
    }
}
