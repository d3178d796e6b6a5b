package dev.godwit.broker.queue;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What tests of a queue begin with: one with the defaults, whose loop, clock and disk are turned by hand, and those who use it. */
abstract class PlainQueue {
    static final long QUEUE_ID = 7;
    final ManualEventLoop loop = new ManualEventLoop();
    final ManualLog log = new ManualLog();
    final RecordedDeadLetters deadLetters = new RecordedDeadLetters();
    final MessageMemory memory = new MessageMemory(1_000_000);
    final MessageQueue queue = new MessageQueue(
            new QueueName(QUEUE_ID, "orders", true), loop, loop, log, deadLetters, new QueueLimits(3, memory));
    final QueueDoor door = new QueueDoor(queue);
    final ProducerDoor producer = door.openProducer(loop);

    void giveBackWith(RecordedConsumer consumer, Map<Symbol, Object> annotations) {
        var last = consumer.entries.get(consumer.entries.size() - 1);
        loop.run(() -> {
            consumer.door.giveBack(last, false, false, annotations);
            consumer.door.setLimit(consumer.entries.size() + 1L);
        });
        loop.run(log::commitAll);
    }

    QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    RecordedReply send(String body) {
        return send(body, Header.DURABLE);
    }

    RecordedReply sendNonDurable(String body) {
        return send(body, Header.DEFAULT);
    }

    RecordedReply send(String body, Header header) {
        var reply = new RecordedReply();
        loop.run(() -> producer.enqueue(message(body, header), reply));
        return reply;
    }

    void sendAndCommit(String... bodies) {
        for (var body : bodies) {
            send(body);
        }
        loop.run(log::commitAll);
    }

    static MessageEnqueued record(Message message) {
        return new MessageEnqueued(
                QUEUE_ID, message.arrivalTimeMillis(), message.expiryTimeMillis(), 0, message.encoded());
    }

    Message message(String body, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(body))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    static final class RecordedDeadLetters implements DeadLetters {
        final List<String> taken = new ArrayList<>();
        final List<DeadLetter> reasons = new ArrayList<>();
        final List<EnqueueReply> replies = new ArrayList<>();
        boolean broken;

        @Override
        public boolean isLastResort(String queue) {
            return queue.equals("DLQ");
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            if (broken) {
                throw new IllegalArgumentException("no dead letter can be made of this");
            }
            var error = why.error();
            taken.add(why.fromQueue() + ": " + (error == null ? "" : error.condition()));
            reasons.add(why);
            replies.add(reply);
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing large was sent");
        }
    }

    final class RecordedConsumer implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<String> heard = new ArrayList<>();
        private final List<String> bodies = new ArrayList<>();
        final ConsumerDoor door;

        RecordedConsumer(long limit) {
            this(PlainQueue.this.door, limit);
        }

        RecordedConsumer(QueueDoor from, long limit) {
            this(loop, from, limit);
        }

        RecordedConsumer(ManualEventLoop own, QueueDoor from, long limit) {
            var opened = new ArrayList<ConsumerDoor>();
            own.run(() -> {
                var mine = from.openConsumer(own, this);
                opened.add(mine);
                mine.setLimit(limit);
            });
            door = opened.get(0);
        }

        List<String> bodies() {
            return List.copyOf(bodies);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            bodies.add(body(entry));
            heard.add("message " + body(entry));
        }

        @Override
        public void onDrained() {
            heard.add("drained");
        }

        @Override
        public void onQueueDeleted() {
            heard.add("deleted");
        }
    }

    static RecordedReply reply() {
        return new RecordedReply();
    }

    static String body(QueueEntry entry) {
        var message = entry.message();
        if (message == null) {
            throw new AssertionError("message " + entry.sequence() + " came without its bytes");
        }
        var decoded = AmqpMessage.decode(message.encoded());
        return String.valueOf(((MessageBody.Value) decoded.body()).value());
    }
}
