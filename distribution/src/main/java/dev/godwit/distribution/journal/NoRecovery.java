package dev.godwit.distribution.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;

/** Takes no interest in what a shard holds. */
enum NoRecovery implements ShardRecovery {
    INSTANCE;

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        // Of no interest.
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
        // Of no interest.
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        // Of no interest.
    }
}
