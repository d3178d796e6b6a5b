package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import java.util.UUID;

/**
 * Where the commit of a transaction is on record for as long as anybody needs to know of it. Immutable: any thread may have it.
 *
 * @param log of the shard that decided
 * @param owner the loop of that shard
 */
public record DecisionRecord(QueueLog log, EventLoop owner) {
    /** Nobody needs to know any more. Any thread. */
    public void forget(UUID transactionId) {
        owner.execute(() -> append(transactionId));
    }

    /** A full journal takes it a little later; until then a start finds the decision, which does no harm. */
    private void append(UUID transactionId) {
        try {
            log.appendLazily(new TransactionForgotten(transactionId), Parked.NOTHING);
        } catch (JournalFullException full) {
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, () -> append(transactionId));
        }
    }
}
