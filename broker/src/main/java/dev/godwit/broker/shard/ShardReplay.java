package dev.godwit.broker.shard;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a shard's log says at start: the messages that came to each queue and did not leave. Used on the starting thread,
 * then handed to the shard's loop.
 */
public final class ShardReplay implements ShardRecovery {
    private final int shard;
    private final Map<Long, TreeMap<Long, Integer>> deliveryCountsByQueue = new HashMap<>();

    public ShardReplay(int shard) {
        this.shard = shard;
    }

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        deliveryCountsByQueue.computeIfAbsent(queueId, id -> new TreeMap<>()).put(index, deliveryCount);
    }

    @Override
    public void onLargeMessage(
            long index,
            long queueId,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices) {
        throw new IllegalStateException(
                "shard " + shard + " holds a message in parts at " + index + "; this broker writes none");
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        throw new IllegalStateException(
                "shard " + shard + " holds " + record + " at " + index + "; definitions belong in shard 0");
    }

    /** Hands over the messages of one queue, the delivery count by index, and forgets them. */
    SortedMap<Long, Integer> takeMessages(long queueId) {
        var messages = deliveryCountsByQueue.remove(queueId);
        return messages == null ? new TreeMap<>() : messages;
    }

    /** The messages of queues that nobody took: their queue was deleted. */
    Iterable<? extends SortedMap<Long, Integer>> leftovers() {
        return deliveryCountsByQueue.values();
    }
}
