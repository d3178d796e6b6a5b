package dev.godwit.broker;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * Hears what is alive, until the term is over: then nobody wants to hear the rest, and the journal's writer, which does nothing else
 * meanwhile, is needed for whoever leads next. Used by that thread.
 *
 * @param over done when the term is over
 */
record TermReplay(ShardRecovery recovery, CompletableFuture<Void> over) implements ShardRecovery {
    private void check() {
        if (over.isDone()) {
            throw new CancellationException("this node is not to serve any more");
        }
    }

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        check();
        recovery.onMessage(index, queueId, attributes, expiryTimeMillis, deliveryCount);
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
        check();
        recovery.onLargeMessage(index, queueId, attributes, expiryTimeMillis, deliveryCount, encodedBytes, partIndices);
    }

    @Override
    public void onNotBefore(long index, long queueId, long notBeforeMillis) {
        recovery.onNotBefore(index, queueId, notBeforeMillis);
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        check();
        recovery.onRecord(index, record);
    }

    @Override
    public boolean onTransactionPrepared(long index, JournalRecord.TransactionPrepared record, boolean isCommitted) {
        check();
        return recovery.onTransactionPrepared(index, record, isCommitted);
    }

    @Override
    public void onTransactionDecided(long index, UUID transactionId) {
        check();
        recovery.onTransactionDecided(index, transactionId);
    }
}
