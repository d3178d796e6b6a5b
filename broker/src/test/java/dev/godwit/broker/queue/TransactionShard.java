package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.ControlLink;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** A shard with one queue, as a client of transactions sees it; its loop and its disk are turned by hand. */
final class TransactionShard {
    final ManualEventLoop loop = new ManualEventLoop();
    final ManualLog log = new ManualLog();
    final MessageMemory memory = new MessageMemory(1_000_000);
    final MessageQueue queue;
    final ProducerDoor producer;
    final List<QueueEntry> given = new ArrayList<>();
    final ConsumerDoor consumer;
    int committed;

    TransactionShard(int shard, ManualEventLoop client) {
        log.shard = shard;
        queue = new MessageQueue(
                new QueueName(shard, "queue-" + shard, true),
                loop,
                loop,
                log,
                new NoDeadLetters(),
                new QueueLimits(0, memory));
        var door = new QueueDoor(queue);
        producer = door.openProducer(client);
        consumer = openConsumer(client, given);
    }

    ConsumerDoor openConsumer(ManualEventLoop caller, List<QueueEntry> its) {
        return new QueueDoor(queue).openConsumer(caller, new ConsumerPort() {
            @Override
            public void onMessage(QueueEntry entry) {
                its.add(entry);
            }

            @Override
            public void onDrained() {}

            @Override
            public void onQueueDeleted() {}
        });
    }

    /** A client posts a message, on its loop. */
    void post(ManualEventLoop client, Transaction transaction, boolean durable) {
        client.run(() -> {
            assertThat(transaction.onPost(10)).isNull();
            producer.enqueue(message(durable, client.nowMillis()), new Posted(transaction));
        });
    }

    static Message message(boolean durable, long nowMillis) {
        var encoded = AmqpMessage.builder(new MessageBody.Value("body"))
                .header(new Header(durable, 4, -1, false, 0))
                .build()
                .encode();
        return new MessageReader().read(encoded, nowMillis);
    }

    QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    boolean commitNext() {
        if (committed == log.records.size()) {
            return false;
        }
        loop.run(() -> log.commitNext());
        committed++;
        return true;
    }

    /** Whether the queue would have the message that was posted, if the node stopped now and started again. */
    boolean isApplied(boolean decidedBelow) {
        boolean prepared = false;
        for (JournalRecord record : log.records.subList(0, committed)) {
            if (record instanceof TransactionCommitted) {
                return true;
            }
            prepared |= record instanceof TransactionPrepared;
        }
        return prepared && decidedBelow;
    }

    boolean hasForgotten() {
        return log.records.subList(0, committed).stream().anyMatch(TransactionForgotten.class::isInstance);
    }

    private static final class NoDeadLetters implements DeadLetters {
        @Override
        public boolean isLastResort(String queue) {
            return true;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            reply.onSafe();
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            reply.onSafe();
        }
    }

    /** Where all transactions are declared. */
    static final class DeclaringLink implements ControlLink {
        final LinkedHashSet<Transaction> undischarged = new LinkedHashSet<>();

        @Override
        public void onDischarged(Transaction transaction) {
            undischarged.remove(transaction);
        }

        @Override
        public void terminate(ErrorCondition why) {
            throw new AssertionError("nobody has misused a transaction");
        }
    }

    record Posted(Transaction in) implements EnqueueReply {
        @Override
        public QueueTransaction transaction() {
            return in;
        }

        @Override
        public void onSafe() {
            in.onAnswered();
        }

        @Override
        public void onRefused() {
            in.fail(AmqpError.TRANSACTION_ROLLBACK.because("refused"));
            in.onAnswered();
        }

        @Override
        public void onInDoubt() {
            throw new AssertionError("nothing is in doubt before the commit");
        }
    }
}
