package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A queue that may hold only so much. */
class OverflowTest {
    private static final int BODY_CHARACTERS = 10_000;
    private static final long BYTES_MAX = 100_000;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final MessageMemory memory = new MessageMemory(1_000_000);
    private final MessageQueue queue = new MessageQueue(
            new QueueName(7, "subscription", false),
            loop,
            loop,
            new ManualLog(),
            new NoDeadLetters(),
            new QueueLimits(3, memory));
    private final QueueDoor door = new QueueDoor(queue);
    private final ProducerDoor producer = door.openProducer(loop);
    private final RecordedConsumer consumer = new RecordedConsumer();
    private @Nullable ConsumerDoor consumerDoor;

    @Test
    void dropsTheOldestOnceItHoldsTooMuch() {
        loop.run(() -> queue.holdAtMost(BYTES_MAX));
        for (int n = 0; n < 50; n++) {
            send(n);
            assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX);
        }
        loop.run(() -> consumerDoor().setLimit(100));

        assertThat(consumer.numbers()).startsWith(41).endsWith(49).hasSize(9);
        loop.run(() -> assertThat(queue.statistics().dropped()).isEqualTo(41));
    }

    @Test
    void dropsNothingThatAConsumerHas() {
        loop.run(() -> {
            queue.holdAtMost(BYTES_MAX);
            consumerDoor().setLimit(5);
        });
        for (int n = 0; n < 50; n++) {
            send(n);
        }
        assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX);
        loop.run(() -> consumerDoor().setLimit(100));
        assertThat(consumer.numbers()).containsExactly(0, 1, 2, 3, 4, 46, 47, 48, 49);
    }

    @Test
    void keepsEverythingWhenNothingWasSaid() {
        for (int n = 0; n < 50; n++) {
            send(n);
        }
        loop.run(() -> assertThat(queue.statistics().ready()).isEqualTo(50));
    }

    private ConsumerDoor consumerDoor() {
        if (consumerDoor == null) {
            consumerDoor = door.openConsumer(loop, consumer);
        }
        return consumerDoor;
    }

    private void send(int number) {
        loop.run(() -> producer.enqueue(message(number), EnqueueReply.NOBODY));
    }

    private Message message(int number) {
        var text = number + " " + "x".repeat(BODY_CHARACTERS);
        var encoded = AmqpMessage.builder(new MessageBody.Value(text))
                .header(Header.DEFAULT)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    private static final class RecordedConsumer implements ConsumerPort {
        private final List<QueueEntry> entries = new ArrayList<>();

        List<Integer> numbers() {
            return entries.stream().map(RecordedConsumer::number).toList();
        }

        private static int number(QueueEntry entry) {
            var message = entry.message();
            if (message == null) {
                throw new AssertionError("the message is not in memory");
            }
            var value = (MessageBody.Value)
                    AmqpMessage.decode(message.encoded().duplicate()).body();
            return Integer.parseInt(String.valueOf(value.value()).split(" ", -1)[0]);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    private static final class NoDeadLetters implements DeadLetters {
        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            throw new AssertionError("nothing was rejected");
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing was rejected");
        }
    }
}
