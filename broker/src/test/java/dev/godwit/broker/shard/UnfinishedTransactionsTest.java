package dev.godwit.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.queue.DecisionRecord;
import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How a start ends what was prepared, on a disk that may be full. */
class UnfinishedTransactionsTest {
    private final ManualEventLoop owner = new ManualEventLoop();
    private final FullLog journal = new FullLog();
    private final UnfinishedTransactions transactions = new UnfinishedTransactions();

    private static final class FullLog implements QueueLog {
        final List<JournalRecord> records = new ArrayList<>();
        private final List<Parked> parked = new ArrayList<>();
        int room;

        @Override
        public int shard() {
            return 1;
        }

        @Override
        public long append(JournalRecord record, Parked waiter) {
            if (room == 0) {
                throw new JournalFullException("the disk is full");
            }
            room--;
            records.add(record);
            parked.add(waiter);
            return records.size();
        }

        @Override
        public long appendLazily(JournalRecord record, Parked waiter) {
            return append(record, waiter);
        }

        @Override
        public void read(long[] indices, int count, ReadListener listener) {
            throw new UnsupportedOperationException("nobody reads");
        }

        void commitAll() {
            parked.forEach(Parked::onCommitted);
            parked.clear();
        }
    }

    private static TransactionPrepared prepared(long posted) {
        return new TransactionPrepared(
                UUID.randomUUID(),
                1,
                LongRanges.coveringAny(new long[] {posted}, 1),
                LongRanges.coveringAny(new long[0], 0));
    }

    @Test
    void recordsEachEndOnceWhenTheDiskHasRoomAgain() {
        transactions.onPrepared(prepared(1), true);
        transactions.onPrepared(prepared(2), false);
        owner.run(() -> transactions.end(journal, owner));
        assertThat(journal.records).isEmpty();

        journal.room = 1;
        owner.advance(1_000);
        owner.run(journal::commitAll);
        assertThat(journal.records).hasSize(1);
        assertThat(transactions.ended()).isNotDone();

        journal.room = 10;
        owner.advance(1_000);
        owner.run(journal::commitAll);
        assertThat(transactions.ended()).isCompleted();
        assertThat(journal.records)
                .satisfiesExactly(
                        first -> assertThat(first).isInstanceOf(TransactionCommitted.class),
                        second -> assertThat(second).isInstanceOf(TransactionForgotten.class));
        assertThat(owner.timersWaiting()).isZero();
    }

    @Test
    void forgetsADecisionWhenTheDiskHasRoomAgain() {
        var decision = new DecisionRecord(journal, owner);
        owner.run(() -> decision.forget(UUID.randomUUID()));
        assertThat(journal.records).isEmpty();

        journal.room = 10;
        owner.advance(1_000);
        assertThat(journal.records).hasSize(1).allMatch(TransactionForgotten.class::isInstance);
    }
}
