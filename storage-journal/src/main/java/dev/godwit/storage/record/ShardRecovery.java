package dev.godwit.storage.record;

import java.util.UUID;

/**
 * Rebuilds what a shard knew, at a start: the facts that are still true, definitions first, then what was added to
 * messages, then what queues wrote down, then the messages, each in ascending order of indices. What was consumed, replaced or forgotten before does not come. Messages come without their bodies, which stay on the disk until
 * somebody asks for them: so a start does not depend on how much they are.
 */
public interface ShardRecovery {
    /**
     * A message is in a queue.
     *
     * @param attributes as its record had them, 16 bits
     * @param expiryTimeMillis {@link JournalRecord.MessageEnqueued#NO_EXPIRY} when it has none
     * @param deliveryCount the last one that was recorded, else 0 (AMQP 1.0 §3.2.1)
     */
    void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount);

    /** The same for a message that lies in parts. */
    void onLargeMessage(
            long index,
            long queueId,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices);

    /**
     * Nobody is to be given a message earlier. Told directly before that message, and only of one that has such a time,
     * also when it has passed.
     *
     * @param notBeforeMillis wall clock, milliseconds since the epoch
     */
    default void onNotBefore(long index, long queueId, long notBeforeMillis) {}

    /** Any other fact that is still true: a definition, the annotations that a message was given later, or a queue's note. */
    void onRecord(long index, JournalRecord record);

    /**
     * A transaction is prepared here, and its end is not recorded here. Told before the messages, which are told as if it
     * were. Whoever serves the shard records the end; for others there is nothing to do.
     *
     * @param isCommitted whether the shard that decided, recovered before this one because it is a lower one, says so
     * @return true when it stays prepared: then what it posted is told among the messages, as well as what it would remove.
     *     Of no account when it is committed
     */
    default boolean onTransactionPrepared(long index, JournalRecord.TransactionPrepared record, boolean isCommitted) {
        return false;
    }

    /** A transaction was decided here, and perhaps not every participant has recorded it, or its client may ask for it. */
    default void onTransactionDecided(long index, UUID transactionId) {}
}
