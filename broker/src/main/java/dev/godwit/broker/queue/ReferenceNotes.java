package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of messages in line that are not in memory and does not fit into the 8 bytes of a {@link Reference}. Owned by
 * the queue's loop; lives as long as the queue.
 */
final class ReferenceNotes {
    private final MessageQueue queue;
    private final MessageMemory memory;

    /** By sequence number. */
    private Map<Long, StoredMessages.Large> large = new HashMap<>();

    /** By sequence number. */
    private Map<Long, Integer> manyAttempts = new HashMap<>();

    /** By index: of messages that were in the journal at the start. */
    private Map<Long, AddedAnnotations> annotations = new HashMap<>();

    ReferenceNotes(MessageQueue queue, MessageMemory memory) {
        this.queue = queue;
        this.memory = memory;
    }

    /** Takes over what the journal held when the broker started. Once, before there is anything here. */
    void restore(StoredMessages stored) {
        queue.sizes().restore(stored.sizes(), stored.count());
        large = stored.large();
        manyAttempts = stored.manyAttempts();
        annotations = stored.annotations();
        annotations.values().forEach(each -> memory.add(each.heapBytes()));
    }

    void addLarge(long sequence, StoredMessages.Large message) {
        large.put(sequence, message);
    }

    /** Null for a message that does not lie in parts. */
    StoredMessages.@Nullable Large largeAt(long sequence) {
        return large.get(sequence);
    }

    /** An entry of a message that lies in parts. It is forgotten here, save its annotations. */
    QueueEntry takeLarge(long sequence, long reference) {
        var found = large.remove(sequence);
        if (found == null) {
            throw new IllegalStateException("the parts of message " + sequence + " of " + queue.name() + " are lost");
        }
        return QueueEntry.large(queue, Reference.index(reference), takeDeliveryCount(sequence, reference), found);
    }

    /**
     * An entry of a message, which stays known here.
     *
     * @param message as it was read; null for one that lies in parts
     */
    QueueEntry entryOf(long sequence, long reference, @Nullable Message message) {
        int deliveryCount = deliveryCount(sequence, reference);
        var parts = large.get(sequence);
        QueueEntry entry;
        if (parts != null) {
            entry = QueueEntry.large(queue, Reference.index(reference), deliveryCount, parts);
        } else if (message != null) {
            entry = QueueEntry.readBack(queue, Reference.index(reference), deliveryCount, message);
        } else {
            throw new IllegalArgumentException("message " + sequence + " of " + queue.name() + " was not read");
        }
        entry.takeSequence(sequence);
        var added = annotations(reference);
        if (added != null) {
            entry.annotate(added);
        }
        return entry;
    }

    /**
     * An entry of a message that only knows its place in the journal. What is known here stays.
     *
     * @param sizeBytes 0 when nobody needs it
     */
    QueueEntry unread(long sequence, long reference, int sizeBytes) {
        var entry = QueueEntry.unread(
                queue,
                Reference.index(reference),
                Reference.attributes(reference),
                sizeBytes,
                deliveryCount(sequence, reference));
        entry.takeSequence(sequence);
        var added = annotations(reference);
        if (added != null) {
            entry.annotate(added);
        }
        return entry;
    }

    int deliveryCount(long sequence, long reference) {
        int count = Reference.deliveryCount(reference);
        return count < Reference.ATTEMPTS_MAX ? count : manyAttempts.getOrDefault(sequence, count);
    }

    int takeDeliveryCount(long sequence, long reference) {
        int count = Reference.deliveryCount(reference);
        if (count < Reference.ATTEMPTS_MAX) {
            return count;
        }
        var exact = manyAttempts.remove(sequence);
        return exact == null ? count : exact;
    }

    /** What consumers gave the message; null for nothing. */
    @Nullable
    AddedAnnotations annotations(long reference) {
        return annotations.isEmpty() ? null : annotations.get(Reference.index(reference));
    }

    @Nullable
    AddedAnnotations takeAnnotations(long reference) {
        if (annotations.isEmpty()) {
            return null;
        }
        var added = annotations.remove(Reference.index(reference));
        if (added != null) {
            memory.add(-added.heapBytes());
        }
        return added;
    }

    /** The message has left the line. */
    void forget(long sequence, long reference) {
        takeDeliveryCount(sequence, reference);
        takeAnnotations(reference);
    }
}
