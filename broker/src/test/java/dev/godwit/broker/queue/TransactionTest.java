package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.DischargeReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.storage.record.JournalRecord.MessagePosted;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Transactions over two queues in two shards, whose loops and disks are turned by hand. */
class TransactionTest {
    private static final TransactionLimits LIMITS =
            new TransactionLimits(1_000, 3, 10_000, 20, 2, 2, OutcomeLimits.DEFAULTS);

    private static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());

    private final ManualEventLoop client = new ManualEventLoop();
    private final TransactionShard low = new TransactionShard(1, client);
    private final TransactionShard high = new TransactionShard(2, client);
    private final OpenTransactions open = new OpenTransactions(client, UUID::randomUUID, LIMITS);
    private final List<String> heard = new ArrayList<>();
    private final TransactionShard.DeclaringLink controlLink = new TransactionShard.DeclaringLink();

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
    void movesAMessageByOneTransaction() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        wantMessages(low);
        turnAll();
        var entry = low.given.get(0);
        var transaction = declare();
        retire(transaction, low, entry, new Accepted(), true);
        post(transaction, high, true);
        discharge(transaction, false);
        turnAll();

        assertThat(low.log.records).anySatisfy(record -> assertThat(record)
                .isInstanceOfSatisfying(TransactionCommitted.class, commit -> assertThat(commit.removed())
                        .hasToString(Long.toString(entry.index()))));
        assertThat(low.log.records).noneMatch(MessagesRemoved.class::isInstance);
        assertThat(low.statistics().acquired()).isZero();
        wantMessages(high);
        turnAll();
        assertThat(high.given).hasSize(1);
    }

    @Test
    void givesBackWhatWasRetiredAndSettledWithOneMoreAttempt() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        wantMessages(low);
        turnAll();
        var transaction = declare();
        retire(transaction, low, low.given.get(0), new Rejected(null), true);
        discharge(transaction, true);
        turnAll();

        assertThat(low.given).hasSize(2);
        assertThat(low.given.get(1).deliveryCount()).isEqualTo(1);
    }

    @Test
    void cannotBeCommittedWithAMessageThatItsConsumerDoesNotHaveAnyMore() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        wantMessages(low);
        turnAll();
        var entry = low.given.get(0);
        client.run(low.consumer::leave);
        turnAll();
        var transaction = declare();
        post(transaction, high, true);
        retire(transaction, low, entry, Accepted.INSTANCE, true);
        discharge(transaction, false);
        turnAll();

        assertThat(heard).containsExactly("amqp:transaction:rollback");
        assertThat(low.statistics().ready()).isEqualTo(1);
        assertThat(high.statistics().ready()).isZero();
    }

    /** Client and queue share a loop, where what is said runs at once: so must a rollback. */
    @Test
    void isRolledBackBeforeWhatIsSaidNextOnTheSameLoop() {
        var transactions = new OpenTransactions(low.loop, UUID::randomUUID, LIMITS);
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        turnAll();
        var given = new ArrayList<QueueEntry>();
        var opened = new ArrayList<ConsumerDoor>();
        low.loop.run(() -> {
            opened.add(low.openConsumer(low.loop, given));
            opened.get(0).setLimit(1);
        });
        turnAll();
        var consumer = opened.get(0);
        low.loop.run(() -> {
            var first = Objects.requireNonNull(transactions.declare(controlLink, null));
            first.onRetirement();
            consumer.retire(given.get(0), first, Accepted.INSTANCE, null, first);
            transactions.discharge(first, true, reply());
            var second = Objects.requireNonNull(transactions.declare(controlLink, null));
            second.onRetirement();
            consumer.retire(given.get(0), second, Accepted.INSTANCE, FAILED, second);
            transactions.discharge(second, false, reply());
        });
        turnAll();
        assertThat(heard).containsExactly("done", "done");
        assertThat(low.statistics().ready() + low.statistics().acquired()).isZero();
    }

    /** AMQP 1.0 §4.4.2: what was not settled is still the consumer's. */
    @Test
    void leavesToTheConsumerWhatItHadNotSettled() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        wantMessages(low);
        turnAll();
        var entry = low.given.get(0);
        var transaction = declare();
        retire(transaction, low, entry, new Accepted(), false);
        discharge(transaction, true);
        turnAll();
        assertThat(low.given).hasSize(1);

        client.run(() -> low.consumer.giveBack(entry, false, false));
        turnAll();
        assertThat(low.given).hasSize(2);
    }

    @Test
    void keepsWhatWasRetiredWhenItsConsumerLeaves() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        wantMessages(low);
        turnAll();
        var transaction = declare();
        retire(transaction, low, low.given.get(0), new Accepted(), true);
        client.run(low.consumer::leave);
        turnAll();
        discharge(transaction, false);
        turnAll();

        assertThat(heard).containsExactly("done");
        assertThat(isIdle(low)).isTrue();
    }

    /** The consumer settles what the commit has already given to another one, before it has heard of the commit. */
    @Test
    void leavesToTheNextConsumerWhatTheCommitHasReleased() {
        client.run(() -> low.producer.enqueue(message(true), EnqueueReply.NOBODY));
        client.run(() -> low.consumer.setLimit(1));
        turnAll();
        var entry = low.given.get(0);
        var next = new ArrayList<QueueEntry>();
        var other = low.openConsumer(client, next);
        client.run(() -> other.setLimit(1));
        var transaction = declare();
        retire(transaction, low, entry, Released.INSTANCE, false);
        discharge(transaction, false);
        client.runTasks();
        low.loop.runTasks();
        client.runTasks();
        low.loop.runTasks();
        client.run(() -> {
            transaction.onRetiredAnew();
            low.consumer.retire(entry, transaction, Released.INSTANCE, FAILED, transaction);
        });
        turnAll();

        assertThat(heard).containsExactly("done");
        assertThat(next).containsExactly(entry);
        assertThat(low.statistics().acquired()).isEqualTo(1);
        client.run(() -> other.consume(entry));
        turnAll();
        assertThat(low.statistics().consumed()).isEqualTo(1);
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

    @Test
    void failsTheDischargeOfATransactionThatPostedTooMuch() {
        var transaction = declare();
        assertThat(transaction.onPost(LIMITS.bytesMax() + 1)).isNotNull();
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
    }

    @Test
    void failsTheDischargeOfATransactionThatDidTooMuch() {
        var transaction = declare();
        client.run(() -> {
            for (int i = 0; i < LIMITS.operationsMax(); i++) {
                assertThat(i % 2 == 0 ? transaction.onPost(1) : transaction.onRetirement())
                        .isNull();
                transaction.onAnswered();
            }
            assertThat(transaction.onPost(1)).isNotNull();
            assertThat(transaction.onRetirement()).isNotNull();
        });
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
    }

    /** However many a client leaves open, they hold no more than one of them may. */
    @Test
    void boundsWhatAllOpenTransactionsOfAConnectionDo() {
        List<Consumer<Transaction>> ends = List.of(
                transaction -> discharge(transaction, true),
                transaction -> discharge(transaction, false),
                transaction -> client.run(() -> open.rollBack(List.of(transaction))),
                transaction -> client.advance(LIMITS.timeoutMillis()));
        for (var end : ends) {
            var first = declare();
            var second = declare();
            retireNothing(first, LIMITS.operationsMax() / 2);
            retireNothing(second, LIMITS.operationsMax() - LIMITS.operationsMax() / 2);
            client.run(() -> {
                assertRefused(first.onRetirement());
                assertRefused(second.onPost(1));
            });
            // Both have failed by that, and hold what they hold until they end.
            var third = declare();
            client.run(() -> assertThat(third.onAcquisition()).isNotNull());
            end.accept(second);
            turnAll();
            client.run(() -> open.rollBack(List.of(first, second, third)));
            turnAll();
        }
        // All of it has been given back, and no more than that.
        var last = declare();
        retireNothing(last, LIMITS.operationsMax());
        var none = declare();
        client.run(() -> assertThat(none.onRetirement()).isNotNull());
    }

    @Test
    void countsWhatATransactionDidUntilItsCommitIsSafe() {
        var transaction = declare();
        retireNothing(transaction, LIMITS.operationsMax() - 1);
        post(transaction, low, true);
        discharge(transaction, false);
        turnLoops();
        client.run(() -> assertThat(declareOn(open).onRetirement()).isNotNull());
        assertThat(heard).isEmpty();
        turnAll();
        assertThat(heard).containsExactly("done");
        client.run(() -> assertThat(declareOn(open).onRetirement()).isNull());
    }

    private void retireNothing(Transaction transaction, int times) {
        client.run(() -> {
            for (int i = 0; i < times; i++) {
                assertThat(transaction.onRetirement()).isNull();
                transaction.onAnswered();
            }
        });
    }

    private static void assertRefused(@Nullable ErrorCondition objection) {
        assertThat(Objects.requireNonNull(objection).condition()).hasToString("amqp:resource-limit-exceeded");
    }

    private Transaction declareOn(OpenTransactions transactions) {
        return Objects.requireNonNull(transactions.declare(controlLink, null));
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

    @Test
    void countsTheTimeFromTheFirstThingThatATransactionDoes() {
        var transaction = declare();
        client.advance(10 * LIMITS.timeoutMillis());
        assertThat(transaction.isActive()).isTrue();
        post(transaction, low, true);
        turnAll();
        client.advance(LIMITS.timeoutMillis());
        assertThat(transaction.isActive()).isFalse();
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:timeout");
    }

    @Test
    void declaresNoMoreThanMayBe() {
        for (int i = 0; i < LIMITS.perConnectionMax(); i++) {
            declare();
        }
        client.run(() -> assertThat(open.declare(controlLink, null)).isNull());
    }

    private Transaction declare() {
        var declared = new ArrayList<Transaction>();
        client.run(() -> declared.add(open.declare(controlLink, null)));
        controlLink.undischarged.addAll(declared);
        return declared.get(0);
    }

    private void post(Transaction transaction, TransactionShard node, boolean durable) {
        node.post(client, transaction, durable);
    }

    private void retire(
            Transaction transaction, TransactionShard node, QueueEntry entry, Outcome how, boolean settled) {
        client.run(() -> {
            assertThat(transaction.onRetirement()).isNull();
            node.consumer.retire(entry, transaction, how, settled ? FAILED : null, transaction);
        });
    }

    private void discharge(Transaction transaction, boolean fail) {
        client.run(() -> open.discharge(transaction, fail, reply()));
    }

    private DischargeReply reply() {
        return new DischargeReply() {
            @Override
            public void onDone() {
                heard.add("done");
            }

            @Override
            public void onRolledBack(ErrorCondition why) {
                heard.add(why.condition().toString());
            }
        };
    }

    private static boolean isIdle(TransactionShard node) {
        var idle = new ArrayList<Boolean>();
        node.loop.run(() -> idle.add(node.queue.isIdle()));
        return idle.get(0);
    }

    private void wantMessages(TransactionShard node) {
        client.run(() -> node.consumer.setLimit(10));
    }

    private void turnLoops() {
        for (int round = 0; round < 6; round++) {
            client.runTasks();
            low.loop.runTasks();
            high.loop.runTasks();
        }
    }

    private void turnAll() {
        for (int round = 0; round < 10; round++) {
            turnLoops();
            while (low.commitNext()) {
                turnLoops();
            }
            while (high.commitNext()) {
                turnLoops();
            }
        }
    }

    private Message message(boolean durable) {
        return TransactionShard.message(durable, client.nowMillis());
    }
}
