package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import java.util.ArrayList;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What consumers have done with messages within transactions. */
class RetiredMessagesTest extends TransactedQueues {
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

    private static boolean isIdle(TransactionShard node) {
        var idle = new ArrayList<Boolean>();
        node.loop.run(() -> idle.add(node.queue.isIdle()));
        return idle.get(0);
    }
}
