package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.storage.record.LongRanges;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one queue as the journal held them at a start, in order for each priority, 8 bytes each. Filled by the thread that starts
 * the broker, then handed to the queue's loop, whose queue takes them over.
 */
public final class StoredMessages {
    /**
     * A message whose bytes lie in parts, with what else must be known of it.
     *
     * @param waitsSinceMillis when it came; 0 for unknown
     */
    record Large(long expiryTimeMillis, long waitsSinceMillis, LargeMessage parts) {}

    /** Those of one priority. */
    private static final class Row {
        private final References references = new References();
        private int large;
    }

    /** By the number of their lane. */
    private final @Nullable Row[] rows = new Row[PriorityRules.LEVELS];

    private final Map<Long, Large> large = new HashMap<>();
    private final Map<Long, Integer> manyAttempts = new HashMap<>();
    private final Map<Long, AddedAnnotations> annotations = new HashMap<>();
    private final ExpiryHeap expiryTimes = new ExpiryHeap();
    private long count;
    private long lastIndex;

    /** Adds a message; indices ascend. */
    public void add(long index, int attributes, long expiryTimeMillis, int deliveryCount) {
        int lane = laneOf(attributes);
        add(lane, row(lane), Reference.of(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
    }

    private static int laneOf(int attributes) {
        return Lane.numberOf(MessageAttributes.priority(attributes));
    }

    private Row row(int lane) {
        var row = rows[lane];
        if (row == null) {
            row = new Row();
            rows[lane] = row;
        }
        return row;
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
        int lane = laneOf(attributes);
        var row = row(lane);
        row.large++;
        long sequence =
                add(lane, row, Reference.ofLarge(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
        large.put(sequence, new Large(expiryTimeMillis, 0, parts));
    }

    private long add(int lane, Row row, long reference, long expiryTimeMillis, int deliveryCount) {
        long sequence = Lane.firstSequence(lane) + row.references.size();
        row.references.addLast(sequence, reference);
        lastIndex = Reference.index(reference);
        count++;
        if (deliveryCount >= Reference.ATTEMPTS_MAX) {
            manyAttempts.put(sequence, deliveryCount);
        }
        if (expiryTimeMillis != QueueEntry.NEVER_EXPIRES) {
            expiryTimes.add(expiryTimeMillis, sequence);
        }
        return sequence;
    }

    /** Consumers gave annotations to the message of that index, which may not have been added yet. */
    public void annotate(long index, AddedAnnotations added) {
        annotations.put(index, added);
    }

    public long count() {
        return count;
    }

    /** The highest of their indices. */
    long lastIndex() {
        return lastIndex;
    }

    /**
     * Takes some away.
     *
     * @param indices filled with their indices, from 0 on
     * @return how many
     */
    public int takeIndices(long[] indices) {
        int taken = 0;
        for (var row : rows) {
            while (row != null && !row.references.isEmpty() && taken < indices.length) {
                indices[taken++] = Reference.index(row.references.removeFirst());
            }
        }
        count -= taken;
        return taken;
    }

    /** Those of one lane; null for none. */
    @Nullable
    References references(int lane) {
        var row = rows[lane];
        return row == null ? null : row.references;
    }

    /** How many of those of one lane lie in parts. */
    int largeMessages(int lane) {
        var row = rows[lane];
        return row == null ? 0 : row.large;
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
