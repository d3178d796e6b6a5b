package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.TreeSet;

/** The messages that a start found in a shard. */
final class RecoveredMessages implements ShardRecovery {
    final TreeSet<Long> indices = new TreeSet<>();

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        indices.add(index);
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
        throw new AssertionError("large message " + index + " that nobody wrote");
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        throw new AssertionError(record + " at " + index + " that nobody wrote");
    }
}
