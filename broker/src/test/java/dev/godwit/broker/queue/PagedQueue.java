package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What tests begin with whose queue holds references where it has no room for messages; disk and clock are turned by hand. */
abstract class PagedQueue {
    static final long QUEUE_ID = 7;
    static final int DELIVERY_ATTEMPTS_MAX = 3;

    /** Too little for any message that nobody waits for. */
    static final long NO_MEMORY = 0;

    static final long MUCH_MEMORY = 1 << 30;
    final ManualEventLoop loop = new ManualEventLoop();
    final ManualLog log = new ManualLog();
    final HeldDeadLetters deadLetters = new HeldDeadLetters();
    MessageMemory memory = new MessageMemory(NO_MEMORY);
    MessageQueue queue = newQueue();

    MessageQueue newQueue() {
        return new MessageQueue(
                new QueueName(QUEUE_ID, "orders", true),
                loop,
                loop,
                log,
                deadLetters,
                new QueueLimits(DELIVERY_ATTEMPTS_MAX, memory));
    }

    void giveMemory(long bytes) {
        memory = new MessageMemory(bytes);
        queue = newQueue();
    }

    void answerReads() {
        while (log.readsWaiting() > 0) {
            loop.run(log::answerReads);
        }
    }

    void restore(int messages) {
        var stored = new StoredMessages();
        for (int i = 0; i < messages; i++) {
            // As if the log had held them before its first record: far from the indices to come.
            long index = 1_000_000L + i;
            log.store(index, record(i, Header.DURABLE));
            stored.add(index, 0, MessageEnqueued.NO_EXPIRY, 0);
        }
        loop.run(() -> queue.restore(stored));
    }

    List<MessagesRemoved> removals() {
        return log.records.stream()
                .filter(MessagesRemoved.class::isInstance)
                .map(MessagesRemoved.class::cast)
                .toList();
    }

    void sendAndCommit(int first, int count) {
        sendAndCommit(first, count, "");
    }

    void sendAndCommit(int first, int count, String filling) {
        for (int number = first; number < first + count; number++) {
            send(number, Header.DURABLE, filling);
        }
        loop.run(log::commitAll);
    }

    void sendNonDurable(int number) {
        send(number, Header.DEFAULT, "");
    }

    void send(int number, Header header, String filling) {
        var message = message(number, header, filling);
        loop.run(() -> new QueueDoor(queue).openProducer(loop).enqueue(message, EnqueueReply.NOBODY));
    }

    MessageEnqueued record(int number, Header header) {
        var message = message(number, header, "");
        return new MessageEnqueued(
                QUEUE_ID, message.arrivalTimeMillis(), message.expiryTimeMillis(), 0, message.encoded());
    }

    Message message(int number, Header header, String filling) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(number + " " + filling))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    static int number(Message message) {
        var text = String.valueOf(
                ((MessageBody.Value) AmqpMessage.decode(message.encoded()).body()).value());
        return Integer.parseInt(text.substring(0, text.indexOf(' ')));
    }

    static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    static final class HeldDeadLetters implements DeadLetters {
        final List<Integer> numbers = new ArrayList<>();
        final List<EnqueueReply> replies = new ArrayList<>();
        int large;

        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            numbers.add(number(message));
            replies.add(reply);
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            large++;
            replies.add(reply);
        }
    }

    /** Takes each message out of its entry, as a link does. */
    final class RecordedConsumer implements ConsumerPort {
        final List<Integer> numbers = new ArrayList<>();
        final List<QueueEntry> entries = new ArrayList<>();
        final ConsumerDoor door;
        int drained;
        int drainsToCome;
        Runnable whenDrained = () -> {};
        private int consumed;

        RecordedConsumer(long limit) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                var mine = new QueueDoor(queue).openConsumer(loop, this);
                opened.add(mine);
                mine.setLimit(limit);
            });
            door = opened.get(0);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            var message = entry.takeMessage();
            if (message != null) {
                numbers.add(number(message));
            } else {
                assertThat(entry.large()).as("a message came without its bytes").isNotNull();
            }
        }

        @Override
        public void onDrained() {
            drained++;
            whenDrained.run();
            if (drainsToCome > 0) {
                drainsToCome--;
                door.drain(1_000);
            }
        }

        @Override
        public void onQueueDeleted() {}

        void consumeAll() {
            loop.run(() -> {
                while (consumed < entries.size()) {
                    door.consume(entries.get(consumed++));
                }
            });
        }
    }
}
