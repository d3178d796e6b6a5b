package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages that stand in front of a queue, because it or its tenant or the journal is full, or because they stand behind one
 * that does. What was in another queue before goes first: it has room of the broker there as long as it waits, and those who
 * send may be waiting for just that room. Otherwise they come out in the order in which they went in. Owned by the queue's
 * loop; lives as long as the queue.
 */
final class WaitingArrivals {
    private final ArrayDeque<QueueEntry> sent = new ArrayDeque<>(1);

    /** Those that were in another queue; null as long as none had to wait. */
    private @Nullable ArrayDeque<QueueEntry> transferred;

    /** In memory. */
    private long presentBytes;

    boolean isEmpty() {
        return sent.isEmpty() && !hasTransferred();
    }

    boolean hasTransferred() {
        return transferred != null && !transferred.isEmpty();
    }

    int size() {
        return sent.size() + (transferred == null ? 0 : transferred.size());
    }

    long presentBytes() {
        return presentBytes;
    }

    private ArrayDeque<QueueEntry> lineOf(QueueEntry entry) {
        if (!entry.isTransfer()) {
            return sent;
        }
        if (transferred == null) {
            transferred = new ArrayDeque<>(1);
        }
        return transferred;
    }

    void add(QueueEntry entry) {
        lineOf(entry).addLast(entry);
        presentBytes += entry.presentBytes();
    }

    /** It was polled, and has to wait on. */
    void putBack(QueueEntry entry) {
        lineOf(entry).addFirst(entry);
        presentBytes += entry.presentBytes();
    }

    /** Null when there is none. */
    @Nullable
    QueueEntry poll() {
        var next = hasTransferred() && transferred != null ? transferred.pollFirst() : sent.pollFirst();
        if (next != null) {
            presentBytes -= next.presentBytes();
        }
        return next;
    }

    /** Takes some out, wherever they stand. */
    List<QueueEntry> withdraw(Predicate<QueueEntry> which) {
        var withdrawn = new ArrayList<QueueEntry>();
        forEach(each -> {
            if (which.test(each)) {
                withdrawn.add(each);
            }
        });
        if (!withdrawn.isEmpty()) {
            sent.removeIf(which);
            if (transferred != null) {
                transferred.removeIf(which);
            }
            withdrawn.forEach(each -> presentBytes -= each.presentBytes());
        }
        return withdrawn;
    }

    void forEach(Consumer<QueueEntry> what) {
        if (transferred != null) {
            transferred.forEach(what);
        }
        sent.forEach(what);
    }
}
