package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.MessagePosted;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Transactions over two queues in two shards, whose loops and disks are turned by hand. */
class TransactionTest extends TransactedQueues {
    @Test
    void commitsWithinAShardByOneRecordAndOneSync() {
        var transaction = declare();
        post(transaction, low, true);
        post(transaction, low, true);
        turnLoops();
        assertThat(low.log.records).hasSize(2).allMatch(MessagePosted.class::isInstance);
        assertThat(low.log.lazyAppends).isEqualTo(2);

        discharge(transaction, false);
        turnLoops();
        assertThat(low.log.records.get(2)).isInstanceOfSatisfying(TransactionCommitted.class, record -> {
            assertThat(record.posted()).hasToString("1-2");
            assertThat(record.participants()).isEmpty();
        });
        wantMessages(low);
        assertThat(low.given).isEmpty();
        assertThat(heard).isEmpty();

        turnAll();
        assertThat(low.given).hasSize(2);
        assertThat(heard).containsExactly("done");
    }

    @Test
    void writesNothingWhenNothingIsDurable() {
        var transaction = declare();
        post(transaction, low, false);
        post(transaction, high, false);
        wantMessages(low);
        wantMessages(high);
        turnLoops();
        assertThat(low.given).isEmpty();
        discharge(transaction, false);
        turnLoops();

        assertThat(low.log.records).isEmpty();
        assertThat(high.log.records).isEmpty();
        assertThat(low.given).hasSize(1);
        assertThat(high.given).hasSize(1);
        assertThat(heard).containsExactly("done");
    }

    @Test
    void whatIsPostedCountsForMaxBytesFromItsCommitOnAndOnTop() {
        int size = message(true).sizeBytes();
        low.loop.run(() -> low.queue.apply(AddressSettings.NONE.with(AddressSetting.MAX_BYTES, 2L * size)));
        var transaction = declare();
        post(transaction, low, true);
        post(transaction, low, true);
        post(transaction, low, true);
        turnLoops();
        assertThat(low.statistics().bytes()).isZero();
        discharge(transaction, false);
        turnAll();
        assertThat(low.statistics().bytes()).isEqualTo(3L * size);

        var second = declare();
        post(second, low, true);
        discharge(second, true);
        turnAll();
        assertThat(low.statistics().bytes()).isEqualTo(3L * size);
        low.loop.run(low.queue::delete);
        turnAll();
        assertThat(low.statistics().bytes()).isZero();
    }

    /** The producer's link stays: the queue is there, only the transaction is not. */
    @Test
    void refusesWhatIsPostedWhileItIsRolledBack() {
        var transaction = declare();
        client.run(() -> {
            assertThat(transaction.onPost(10)).isNull();
            low.producer.enqueue(message(true), new EnqueueReply() {
                @Override
                public QueueTransaction transaction() {
                    return transaction;
                }

                @Override
                public void onSafe() {
                    heard.add("safe");
                }

                @Override
                public void onRefused() {
                    heard.add("refused");
                }

                @Override
                public void onDeleted() {
                    heard.add("deleted");
                }

                @Override
                public void onInDoubt() {
                    heard.add("in doubt");
                }
            });
            open.discharge(transaction, true, reply());
        });
        turnAll();
        assertThat(heard).containsExactly("done", "refused");
        assertThat(low.log.records).isEmpty();
    }

    /** Whatever the order in which loops run and disks sync: a stop at any moment leaves all of it or nothing. */
    @Test
    void isAppliedInBothShardsOrInNoneWheneverTheNodeStops() {
        for (int run = 0; run < 300; run++) {
            long seed = Long.getLong("godwit.seed", System.nanoTime()) + run;
            new TransactionTest().stopAtEveryStep(new Random(seed), seed);
        }
    }

    private void stopAtEveryStep(Random random, long seed) {
        var transaction = declare();
        post(transaction, low, true);
        post(transaction, high, true);
        discharge(transaction, false);
        wantMessages(low);
        wantMessages(high);
        for (int step = 0; step < 200 && !(low.hasForgotten() && heard.size() == 1); step++) {
            switch (random.nextInt(5)) {
                case 0 -> client.runTasks();
                case 1 -> low.loop.runTasks();
                case 2 -> high.loop.runTasks();
                case 3 -> low.commitNext();
                default -> high.commitNext();
            }
            boolean decided = low.isApplied(false);
            boolean remembered = decided && !low.hasForgotten();
            assertThat(high.isApplied(remembered))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(decided);
            if (!decided) {
                assertThat(low.given).as("seed %d, step %d", seed, step).isEmpty();
                assertThat(high.given).as("seed %d, step %d", seed, step).isEmpty();
                assertThat(heard).as("seed %d, step %d", seed, step).isEmpty();
            }
        }
        turnAll();
        assertThat(heard).as("seed %d", seed).containsExactly("done");
        assertThat(low.given).as("seed %d", seed).hasSize(1);
        assertThat(high.given).as("seed %d", seed).hasSize(1);
        assertThat(low.log.records.get(low.log.records.size() - 1)).isInstanceOf(TransactionForgotten.class);
    }

    @Test
    void keepsTheOrderOfWhatIsDurableAndWhatIsNot() {
        var transaction = declare();
        post(transaction, low, false);
        post(transaction, low, true);
        discharge(transaction, false);
        turnLoops();
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        turnLoops();
        wantMessages(low);
        turnAll();

        assertThat(low.given).extracting(QueueEntry::isInJournal).containsExactly(false, true, true);
    }

    /** Many open transactions may have posted much: it stays in memory only where there is room. */
    @Test
    void keepsWhatWasPostedInTheJournalAloneWhenMemoryIsShort() {
        low.memory.add(600_000);
        long before = low.memory.bytes();
        var transaction = declare();
        for (int i = 0; i < 5; i++) {
            post(transaction, low, true);
        }
        turnLoops();
        long heldBytes = low.memory.bytes() - before;
        discharge(transaction, false);
        turnAll();
        wantMessages(low);
        for (int i = 0; i < 20; i++) {
            turnAll();
            low.loop.run(low.log::answerReads);
        }
        turnAll();

        assertThat(heldBytes).isLessThanOrEqualTo(5 * 160);
        assertThat(low.given).hasSize(5);
        assertThat(low.given)
                .allSatisfy(entry -> assertThat(entry.takeMessage()).isNotNull());
        low.memory.add(-600_000);
        client.run(() -> low.given.forEach(low.consumer::consume));
        turnAll();
        assertThat(low.memory.bytes()).isZero();
    }

    @Test
    void removesWhatWasPostedAndRolledBack() {
        var transaction = declare();
        post(transaction, low, true);
        turnAll();
        client.run(() -> open.rollBack(List.of(transaction)));
        turnAll();

        assertThat(low.log.records.get(1))
                .isInstanceOfSatisfying(MessagesRemoved.class, record -> assertThat(record.indexRanges())
                        .hasToString("1"));
        wantMessages(low);
        turnAll();
        assertThat(low.given).isEmpty();
    }

    @Test
    void turnsAwayWhatIsOnItsWayWhenTheTransactionIsRolledBack() {
        var transaction = declare();
        post(transaction, low, true);
        client.run(() -> open.rollBack(List.of(transaction)));
        turnAll();
        assertThat(low.log.records).noneMatch(TransactionCommitted.class::isInstance);
        wantMessages(low);
        turnAll();
        assertThat(low.given).isEmpty();
    }

    /** One control link may discharge what another one has declared; the end of that one is nothing to it then. */
    @Test
    void answersTheDischargeOverOneControlLinkWhenAnotherOneEnds() {
        var transaction = declare();
        var declared = new LinkedHashSet<>(controlLink.undischarged);
        post(transaction, low, true);
        discharge(transaction, false);
        assertThat(declared).containsExactly(transaction);
        assertThat(controlLink.undischarged).isEmpty();
        client.run(() -> open.rollBack(controlLink.undischarged));
        turnAll();
        assertThat(heard).containsExactly("done");
    }

    @Test
    void answersWhoWaitsWhenATransactionIsRolledBack() {
        var transaction = declare();
        post(transaction, low, true);
        discharge(transaction, false);
        client.run(() -> open.rollBack(List.of(transaction)));
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
    }
}
