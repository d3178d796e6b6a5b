package dev.godwit.broker.queue;

import dev.godwit.broker.message.DuplicateId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ids of messages that are on their way to the disk: who sends one of them again has to wait until the first is safe. Owned by the
 * queue's loop.
 */
final class UnsafeIds {
    private final Map<DuplicateId, QueueEntry> entries = new HashMap<>();
    private final Map<QueueEntry, DuplicateId> ids = new HashMap<>();

    /** Passed over when the message does not go to the journal. */
    void add(DuplicateId id, QueueEntry entry) {
        if (entry.isInJournal()) {
            entries.put(id, entry);
            ids.put(entry, id);
        }
    }

    /** The message that came first with this id; null when there is none that is not safe. */
    @Nullable
    QueueEntry first(DuplicateId id) {
        return entries.get(id);
    }

    /** Any message; one whose id was not added is passed over. */
    void onSafe(QueueEntry entry) {
        if (!ids.isEmpty()) {
            var id = ids.remove(entry);
            if (id != null) {
                entries.remove(id, entry);
            }
        }
    }

    void clear() {
        entries.clear();
        ids.clear();
    }
}
