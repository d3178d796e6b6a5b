package dev.godwit.broker.queue;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a queue that consumers have settled in transactions that have not ended, chained by the links that an entry
 * has for whoever holds it. Owned by the queue's loop.
 */
final class RetiredEntries {
    private @Nullable QueueEntry first;
    private int size;

    int size() {
        return size;
    }

    /** Nobody holds it. */
    void add(QueueEntry entry) {
        entry.previousHeld = null;
        entry.nextHeld = first;
        if (first != null) {
            first.previousHeld = entry;
        }
        first = entry;
        size++;
    }

    void remove(QueueEntry entry) {
        if (entry.previousHeld == null) {
            first = entry.nextHeld;
        } else {
            entry.previousHeld.nextHeld = entry.nextHeld;
        }
        if (entry.nextHeld != null) {
            entry.nextHeld.previousHeld = entry.previousHeld;
        }
        entry.previousHeld = null;
        entry.nextHeld = null;
        size--;
    }

    void forEach(Consumer<QueueEntry> what) {
        for (var entry = first; entry != null; entry = entry.nextHeld) {
            what.accept(entry);
        }
    }
}
