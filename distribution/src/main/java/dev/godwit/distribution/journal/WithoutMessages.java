package dev.godwit.distribution.journal;

import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;

/** Takes no interest in the messages of a shard. */
interface WithoutMessages extends ShardRecovery {
    @Override
    default void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        // Of no interest.
    }

    @Override
    default void onLargeMessage(
            long index,
            long queueId,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices) {
        // Of no interest.
    }
}
