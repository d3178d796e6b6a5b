package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages that may be given out, in order. Those that came back stand before all that were never given out: arrivals
 * leave {@link #fresh} strictly in turn, so whatever came back is older than its head. Owned by the queue's loop.
 *
 * <p>A message that left by another door (it expired) stays in {@code fresh} until its turn and is passed over then.
 */
final class ReadyEntries {
    private final ArrayDeque<QueueEntry> fresh = new ArrayDeque<>();
    private final TreeMap<Long, QueueEntry> returned = new TreeMap<>();

    void addFresh(QueueEntry entry) {
        fresh.addLast(entry);
    }

    void addReturned(QueueEntry entry) {
        returned.put(entry.sequence(), entry);
    }

    /** Those that came back, oldest first; the caller removes what it gives out. */
    Iterator<QueueEntry> returned() {
        return returned.values().iterator();
    }

    /** The oldest never given out; null when there is none. */
    @Nullable
    QueueEntry peekFresh() {
        for (var entry = fresh.peekFirst(); entry != null; entry = fresh.peekFirst()) {
            if (entry.state() == EntryState.READY) {
                return entry;
            }
            fresh.removeFirst();
        }
        return null;
    }

    void removeFresh() {
        fresh.removeFirst();
    }

    /** Forgets one that leaves by another door than dispatch. */
    void leave(QueueEntry entry) {
        returned.remove(entry.sequence());
    }
}
