package dev.godwit.broker.shard;

import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactions over several shards that were under way in one of them when the broker stopped, and their end: what
 * was decided is committed here, too, and what was not is rolled back. Filled by the thread that starts the broker, then
 * owned by the shard's loop.
 */
final class UnfinishedTransactions {
    private static final Logger log = LoggerFactory.getLogger(UnfinishedTransactions.class);

    private static final long JOURNAL_FULL_RETRY_MILLIS = 100;

    private final ArrayDeque<JournalRecord> ends = new ArrayDeque<>();
    private final List<UUID> decided = new ArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private int unsafeEnds;

    void onPrepared(TransactionPrepared prepared, boolean isCommitted) {
        log.info(
                "transaction {}, prepared when the broker stopped, is {}",
                prepared.transactionId(),
                isCommitted ? "committed" : "rolled back");
        ends.add(
                isCommitted
                        ? new TransactionCommitted(
                                prepared.transactionId(), List.of(), prepared.posted(), prepared.removed())
                        : new TransactionForgotten(prepared.transactionId()));
    }

    void onDecided(UUID transactionId) {
        decided.add(transactionId);
    }

    /**
     * Records how those that are prepared here end: first of all that is written, unless the journal is full. Then it is
     * recorded as soon as there is room; until then every start finds the same ends.
     */
    void end(QueueLog journal, EventLoop owner) {
        unsafeEnds = ends.size();
        if (ends.isEmpty()) {
            ended.complete(null);
        }
        recordEnds(journal, owner);
    }

    private void recordEnds(QueueLog journal, EventLoop owner) {
        var safe = new Parked() {
            @Override
            public void onCommitted() {
                if (--unsafeEnds == 0) {
                    ended.complete(null);
                }
            }

            @Override
            public void onLost() {
                ended.completeExceptionally(new IllegalStateException("the journal was lost"));
            }
        };
        try {
            for (var end = ends.peekFirst(); end != null; end = ends.peekFirst()) {
                journal.append(end, safe);
                ends.removeFirst();
            }
        } catch (JournalFullException full) {
            owner.schedule(JOURNAL_FULL_RETRY_MILLIS, () -> recordEnds(journal, owner));
        }
    }

    /** Done when all ends are on stable storage. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Those that were decided here, on record until somebody forgets them. */
    List<UUID> decided() {
        return decided;
    }
}
