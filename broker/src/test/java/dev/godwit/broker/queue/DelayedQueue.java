package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What tests begin with whose messages wait for a time: a queue, its clock and its disk, turned by hand. */
abstract class DelayedQueue {
    static final long QUEUE_ID = 7;
    static final long MINUTE = 60_000;
    static final Map<Symbol, Object> NO_ANNOTATIONS = Map.of();
    final ManualEventLoop loop = new ManualEventLoop();
    final ManualLog log = new ManualLog();
    final TakenDeadLetters deadLetters = new TakenDeadLetters();
    final MessageMemory memory = new MessageMemory(1_000_000);
    MessageQueue queue = newQueue(true);

    MessageQueue newQueue(boolean durable) {
        return new MessageQueue(
                new QueueName(QUEUE_ID, "orders", durable), loop, loop, log, deadLetters, new QueueLimits(3, memory));
    }

    Message message(String body, boolean durable, long ttlMillis, Map<String, ?> annotations) {
        var message =
                AmqpMessage.builder(new MessageBody.Value(body)).header(new Header(durable, 4, ttlMillis, false, 0));
        annotations.forEach((name, value) -> message.messageAnnotation(Symbol.of(name), value));
        return new MessageReader().read(message.build().encode(), loop.nowMillis());
    }

    void send(Message message) {
        var reply = new ArrayList<String>();
        loop.run(() -> new QueueDoor(queue).openProducer(loop).enqueue(message, new EnqueueReply() {
            @Override
            public void onSafe() {
                reply.add("safe");
            }

            @Override
            public void onRefused() {
                reply.add("refused");
            }

            @Override
            public void onInDoubt() {
                reply.add("in doubt");
            }
        }));
        loop.run(log::commitAll);
        assertThat(reply).containsExactly("safe");
    }

    void sendDelayed(String body, long delayMillis) {
        send(message(body, true, -1, Map.of("x-opt-delivery-delay", delayMillis)));
    }

    void send(String body) {
        send(message(body, true, -1, Map.of()));
    }

    void advance(long millis) {
        loop.advance(millis);
        answer();
    }

    void answer() {
        do {
            loop.run(log::answerReads);
            loop.run(log::commitAll);
        } while (log.readsWaiting() > 0);
    }

    QueueStatistics statistics() {
        var found = new ArrayList<QueueStatistics>();
        loop.run(() -> found.add(queue.statistics()));
        return found.get(0);
    }

    boolean isEmpty() {
        var found = new ArrayList<Boolean>();
        loop.run(() -> found.add(queue.isEmpty()));
        return found.get(0);
    }

    List<ScheduledMessage> scheduled() {
        var found = new ArrayList<ScheduledMessage>();
        loop.run(() -> new QueueDoor(queue).listScheduled(Long.MIN_VALUE, 0, 100, found::addAll));
        return found;
    }

    void retry(long delayMillis, double multiplier, long delayMaxMillis, double jitter) {
        var settings = AddressSettings.NONE
                .with(AddressSetting.RETRY_DELAY, delayMillis)
                .with(AddressSetting.RETRY_DELAY_MULTIPLIER, multiplier)
                .with(AddressSetting.RETRY_DELAY_MAX, delayMaxMillis)
                .with(AddressSetting.RETRY_JITTER, jitter);
        loop.run(() -> queue.apply(settings));
    }

    final class Consumer implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<String> bodies = new ArrayList<>();
        final List<String> heard = new ArrayList<>();
        final ConsumerDoor door;

        Consumer() {
            this(Interest.ALL);
        }

        Consumer(Interest interest) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                opened.add(new QueueDoor(queue).openConsumer(loop, this, interest));
                opened.get(0).setLimit(1_000_000);
            });
            door = opened.get(0);
            answer();
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            var taken = entry.takeMessage();
            bodies.add(taken == null ? "large" : body(taken.encoded()));
        }

        @Override
        public void onDrained() {
            heard.add("drained");
        }

        @Override
        public void onQueueDeleted() {
            heard.add("deleted");
        }

        QueueEntry last() {
            return entries.get(entries.size() - 1);
        }

        void fail() {
            fail(NO_ANNOTATIONS);
        }

        void fail(Map<Symbol, Object> annotations) {
            loop.run(() -> door.giveBack(last(), true, false, annotations));
            answer();
        }
    }

    static String body(ByteBuffer encoded) {
        return String.valueOf(((MessageBody.Value) AmqpMessage.decode(encoded).body()).value());
    }

    MessageEnqueued record(String body) {
        return new MessageEnqueued(
                QUEUE_ID, loop.nowMillis(), message(body, true, -1, Map.of()).encoded());
    }
}
