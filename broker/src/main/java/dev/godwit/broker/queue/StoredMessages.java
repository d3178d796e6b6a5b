package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.storage.record.LongRanges;
import java.util.HashMap;
import java.util.Map;

/**
 * The messages of one queue as the journal held them at a start, in order, 8 bytes each. Filled by the thread that starts
 * the broker, then handed to the queue's loop, whose queue takes them over.
 */
public final class StoredMessages {
    static final long FIRST_SEQUENCE = 1;

    /** A message whose bytes lie in parts, with what else must be known of it. */
    record Large(long expiryTimeMillis, LargeMessage parts) {}

    private final References references = new References();
    private final Map<Long, Large> large = new HashMap<>();
    private final Map<Long, Integer> manyAttempts = new HashMap<>();
    private final Map<Long, AddedAnnotations> annotations = new HashMap<>();
    private final ExpiryHeap expiryTimes = new ExpiryHeap();
    private long nextSequence = FIRST_SEQUENCE;

    /** Adds a message; indices ascend. */
    public void add(long index, int attributes, long expiryTimeMillis, int deliveryCount) {
        add(Reference.of(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
    }

    /** Adds a message that lies in parts. */
    public void addLarge(
            long index,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices) {
        var parts = new LargeMessage(attributes, encodedBytes, partIndices);
        large.put(nextSequence, new Large(expiryTimeMillis, parts));
        add(Reference.ofLarge(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
    }

    private void add(long reference, long expiryTimeMillis, int deliveryCount) {
        long sequence = nextSequence++;
        references.addLast(sequence, reference);
        if (deliveryCount >= Reference.ATTEMPTS_MAX) {
            manyAttempts.put(sequence, deliveryCount);
        }
        if (expiryTimeMillis != QueueEntry.NEVER_EXPIRES) {
            expiryTimes.add(expiryTimeMillis, sequence);
        }
    }

    /** Consumers gave annotations to the message of that index, which may not have been added yet. */
    public void annotate(long index, AddedAnnotations added) {
        annotations.put(index, added);
    }

    public long count() {
        return references.size();
    }

    /**
     * Takes the first ones away.
     *
     * @param indices filled with their indices, from 0 on
     * @return how many
     */
    public int takeIndices(long[] indices) {
        int count = (int) Math.min(indices.length, references.size());
        for (int i = 0; i < count; i++) {
            indices[i] = Reference.index(references.removeFirst());
        }
        return count;
    }

    References references() {
        return references;
    }

    Map<Long, Large> large() {
        return large;
    }

    /** By index. */
    Map<Long, AddedAnnotations> annotations() {
        return annotations;
    }

    Map<Long, Integer> manyAttempts() {
        return manyAttempts;
    }

    ExpiryHeap expiryTimes() {
        return expiryTimes;
    }
}
