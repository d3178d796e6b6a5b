package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.QueueBench.numbers;
import static dev.godwit.broker.queue.QueueBench.selector;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A queue with numbered messages, in memory or on the disk, and consumers that want some of them. */
abstract class SoughtQueue {
    static final long IN_MEMORY = 100_000_000;
    static final long ON_DISK = 0;

    final ManualEventLoop loop = new ManualEventLoop();
    final ManualLog log = new ManualLog();
    MessageMemory memory = new MessageMemory(IN_MEMORY);
    MessageQueue queue = newQueue();
    int sent;

    private MessageQueue newQueue() {
        return new MessageQueue(
                new QueueName(7, "orders", true), loop, loop, log, new NoDeadLetters(), new QueueLimits(10, memory));
    }

    void useMemory(long bytes) {
        memory = new MessageMemory(bytes);
        queue = newQueue();
    }

    void send(int count) {
        for (int i = 0; i < count; i++) {
            int number = sent++;
            loop.run(() -> new QueueDoor(queue)
                    .openProducer(loop)
                    .enqueue(message(number, Header.DURABLE), EnqueueReply.NOBODY));
        }
        loop.run(log::commitAll);
    }

    void sendNonDurable(int number) {
        loop.run(() ->
                new QueueDoor(queue).openProducer(loop).enqueue(message(number, Header.DEFAULT), EnqueueReply.NOBODY));
    }

    QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    Message message(int number, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(number))
                .header(header)
                .applicationProperty("n", number)
                .applicationProperty("even", number % 2 == 0)
                .applicationProperty("third", number % 3 == 0)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    /** Everything that the disk owes is given. */
    void settle() {
        BooleanSupplier moved = () -> {
            boolean any = log.readsWaiting() > 0;
            log.answerReads();
            log.commitAll();
            return any;
        };
        var again = new boolean[] {true};
        while (again[0]) {
            loop.run(() -> again[0] = moved.getAsBoolean());
        }
    }

    /** A consumer that takes messages as a link does. */
    final class Taker implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        final ConsumerDoor door;
        private long received;
        int drained;
        int last;

        Taker(String selector, int credit) {
            this(new Interest(selector(selector), false), credit);
        }

        Taker(Interest interest, int credit) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> opened.add(new QueueDoor(queue).openConsumer(loop, this, interest)));
            door = opened.get(0);
            move(credit);
        }

        void move(int credit) {
            loop.run(() -> door.setLimit(received + credit));
        }

        void drain(int credit) {
            loop.run(() -> door.drain(received + credit));
        }

        List<Integer> numbers() {
            return numbers;
        }

        @Override
        public void onMessage(QueueEntry entry) {
            received++;
            var message = entry.takeMessage();
            if (message == null) {
                throw new AssertionError("a message came without its bytes");
            }
            if (AmqpMessage.decode(message.encoded()).body() instanceof MessageBody.Value body
                    && body.value() instanceof Integer number) {
                last = number;
            } else {
                throw new AssertionError("not what was sent");
            }
            entries.add(entry);
            numbers.add(last);
        }

        void giveBack(int place, boolean failed) {
            var entry = entries.remove(place);
            numbers.remove(place);
            loop.run(() -> door.giveBack(entry, failed, false));
        }

        void giveBackForGood(int place) {
            var entry = entries.remove(place);
            numbers.remove(place);
            loop.run(() -> door.giveBack(entry, false, true));
        }

        void reject(int place) {
            var entry = entries.remove(place);
            numbers.remove(place);
            loop.run(() -> door.reject(entry, null));
        }

        void consumeAll() {
            loop.run(() -> entries.forEach(door::consume));
            entries.clear();
            numbers.clear();
        }

        void leave() {
            loop.run(door::leave);
        }

        @Override
        public void onDrained() {
            drained++;
        }

        @Override
        public void onQueueDeleted() {}
    }
}
