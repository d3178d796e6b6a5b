package dev.godwit.broker.queue;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.filter.Selector;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A queue with numbered messages of some priority, on a loop, a clock and a disk that are turned by hand. */
final class QueueBench {
    static final long QUEUE_ID = 7;

    /** Of a message that never expires. */
    static final long NO_TTL = -1;

    final ManualEventLoop loop = new ManualEventLoop();
    private final long memoryBytes;
    private final DeadLetters deadLetters;
    private UntilRestart heard;
    MessageMemory memory;
    ManualLog log = new ManualLog();
    MessageQueue queue;
    private int sent;

    /** @param memoryBytes 0 for a queue that has all that nobody waits for on the disk */
    QueueBench(long memoryBytes, AddressSettings settings) {
        this(memoryBytes, settings, new NoDeadLetters());
    }

    QueueBench(long memoryBytes, AddressSettings settings, DeadLetters deadLetters) {
        this.memoryBytes = memoryBytes;
        this.deadLetters = deadLetters;
        heard = new UntilRestart(deadLetters);
        memory = new MessageMemory(memoryBytes);
        queue = newQueue(settings);
    }

    private MessageQueue newQueue(AddressSettings settings) {
        var made = new MessageQueue(
                new QueueName(QUEUE_ID, "orders", true), loop, loop, log, heard, new QueueLimits(0, memory));
        loop.run(() -> made.apply(settings));
        return made;
    }

    /** What was not committed is lost, and all that was is on the disk. */
    void restart(AddressSettings settings) {
        restart(settings, Map.of());
    }

    /** @param retried messages that have failed once, by index, and when they are to be tried again */
    void restart(AddressSettings settings, Map<Long, Long> retried) {
        log = log.restarted();
        heard.over = true;
        heard = new UntilRestart(deadLetters);
        memory = new MessageMemory(memoryBytes);
        queue = newQueue(settings);
        var stored = new StoredMessages();
        log.notes().forEach((index, record) -> stored.note(index, record.note()));
        log.storedMessages().forEach((index, record) -> {
            var retriedAtMillis = retried.get(index);
            if (log.isDeferred(index)) {
                stored.notBefore(index, DeliveryTime.DEFERRED);
            } else if (retriedAtMillis != null) {
                stored.notBefore(index, retriedAtMillis);
            } else if (record.notBeforeMillis() != MessageEnqueued.AT_ONCE) {
                stored.notBefore(index, record.notBeforeMillis());
            }
            stored.add(index, record.attributes(), record.expiryTimeMillis(), retriedAtMillis == null ? 0 : 1);
        });
        loop.run(() -> queue.restore(stored));
    }

    /** Hears nothing of a queue that was there before a restart, whose timers are still on the loop. */
    private static final class UntilRestart implements DeadLetters {
        private final DeadLetters listener;
        private boolean over;

        UntilRestart(DeadLetters listener) {
            this.listener = listener;
        }

        @Override
        public boolean isLastResort(String name) {
            return listener.isLastResort(name);
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            if (!over) {
                listener.take(why, message, reply);
            }
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            if (!over) {
                listener.takeLarge(why, message, reply);
            }
        }
    }

    static Message message(int number, int priority, boolean durable, long ttlMillis, long nowMillis) {
        return message(number, priority, durable, ttlMillis, nowMillis, MessageProperties.NONE);
    }

    static Message message(
            int number, int priority, boolean durable, long ttlMillis, long nowMillis, MessageProperties properties) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(number))
                .header(new Header(durable, priority, ttlMillis, false, 0))
                .properties(
                        properties.toBuilder().messageId("message " + number).build())
                .applicationProperty("n", number)
                .applicationProperty("third", number % 3 == 0)
                .applicationProperty("stock", stock(number))
                .build()
                .encode();
        return new MessageReader().read(encoded, nowMillis);
    }

    /** What the message is about; null for nothing that others are about, too. */
    static @Nullable Integer stock(int number) {
        return number % 4 == 0 ? null : number % 53;
    }

    static int number(Message message) {
        return number(message.encoded());
    }

    static int number(ByteBuffer encoded) {
        if (AmqpMessage.decode(encoded).body() instanceof MessageBody.Value body
                && body.value() instanceof Integer number) {
            return number;
        }
        throw new AssertionError("not what was sent");
    }

    /** Sends durable messages of these priorities, numbered from 0 on over all calls, and commits them. */
    void send(int... priorities) {
        for (int priority : priorities) {
            sendOne(priority, true, EnqueueReply.NOBODY);
        }
        loop.run(log::commitAll);
    }

    void sendMany(int count, int priority) {
        for (int i = 0; i < count; i++) {
            sendOne(priority, true, EnqueueReply.NOBODY);
        }
        loop.run(log::commitAll);
    }

    /** The number that the next message will have. */
    int nextNumber() {
        return sent;
    }

    /** Returns its number. */
    int sendOne(int priority, boolean durable, EnqueueReply reply) {
        return sendOne(priority, durable, NO_TTL, reply);
    }

    int sendOne(int priority, boolean durable, long ttlMillis, EnqueueReply reply) {
        return sendOne(priority, durable, ttlMillis, MessageProperties.NONE, reply);
    }

    int sendOne(int priority, boolean durable, long ttlMillis, MessageProperties properties, EnqueueReply reply) {
        int number = sent;
        repeat(number, priority, durable, ttlMillis, properties, reply);
        return number;
    }

    /** Sends the next one, or one that was sent before; says how long it is. */
    int repeat(
            int number,
            int priority,
            boolean durable,
            long ttlMillis,
            MessageProperties properties,
            EnqueueReply reply) {
        sent = Math.max(sent, number + 1);
        var message = message(number, priority, durable, ttlMillis, loop.nowMillis(), properties);
        send(message, reply);
        return message.sizeBytes();
    }

    void send(Message message, EnqueueReply reply) {
        loop.run(() -> queue.enqueue(new QueueEntry(queue, message, reply)));
    }

    /** The properties of a message of a group; null for none. */
    static MessageProperties group(@Nullable String id) {
        return id == null
                ? MessageProperties.NONE
                : MessageProperties.builder().groupId(id).build();
    }

    /** Sends durable messages of these groups, and commits them. */
    void sendGroups(String... ids) {
        for (var id : ids) {
            sendOne(4, true, NO_TTL, group(id), EnqueueReply.NOBODY);
        }
        loop.run(log::commitAll);
    }

    /** All that the disk owes is given. */
    void settle() {
        boolean moved = true;
        while (moved) {
            loop.run(log::commitAll);
            moved = log.readsWaiting() > 0;
            loop.run(log::answerReads);
        }
    }

    QueueStatistics statistics() {
        var found = new ArrayList<QueueStatistics>();
        loop.run(() -> found.add(queue.statistics()));
        return found.get(0);
    }

    static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    static MessageFilter selector(String text) {
        try {
            return Selector.parse(text);
        } catch (InvalidFilterException wrong) {
            throw new AssertionError(wrong);
        }
    }

    /** A consumer that takes messages as a link does. */
    class Taker implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<Integer> numbers = new ArrayList<>();
        final ConsumerDoor door;
        long received;
        int drained;

        Taker(Interest interest, int credit) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> opened.add(new QueueDoor(queue).openConsumer(loop, this, interest)));
            door = opened.get(0);
            move(credit);
            settle();
        }

        void move(int credit) {
            loop.run(() -> door.setLimit(received + credit));
        }

        /** Takes so many more, and what it has got by then. */
        List<Integer> take(int credit) {
            numbers.clear();
            move(credit);
            settle();
            return List.copyOf(numbers);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            received++;
            var message = entry.takeMessage();
            if (message == null) {
                throw new AssertionError("a message came without its bytes");
            }
            entries.add(entry);
            int number = number(message);
            numbers.add(number);
            onNumber(number, entry);
        }

        void onNumber(int number, QueueEntry entry) {}

        void giveBack(int place) {
            var entry = entries.remove(place);
            loop.run(() -> door.giveBack(entry, false, false));
        }

        void giveBackUnsendable(int place) {
            var entry = entries.remove(place);
            loop.run(() -> door.giveBack(entry, false, true));
        }

        void consumeAll() {
            loop.run(() -> entries.forEach(door::consume));
            entries.clear();
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
