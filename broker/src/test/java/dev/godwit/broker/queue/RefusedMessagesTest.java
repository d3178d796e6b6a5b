package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many messages that a consumer may not be given again, as after modified with undeliverable-here. */
class RefusedMessagesTest {
    private static final int MANY = 2 * RotationHeads.PASSES_MAX + 1;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final MessageMemory memory = new MessageMemory(1_000_000_000);
    private final MessageQueue queue = new MessageQueue(
            new QueueName(7, "orders", true),
            loop,
            loop,
            new ManualLog(),
            new NoDeadLetters(),
            new QueueLimits(3, memory));
    private final QueueDoor door = new QueueDoor(queue);
    private final ProducerDoor producer = door.openProducer(loop);
    private final ByteBuffer encoded =
            AmqpMessage.builder(new MessageBody.Value("x")).build().encode();

    @Test
    void looksThroughWhatAConsumerMayNotHaveInSlicesAndOnce() {
        send(MANY);
        var picky = new Picky(MANY);
        assertThat(picky.entries).hasSize(MANY);
        var given = new ArrayList<Integer>();
        loop.run(() -> {
            picky.refuseAll();
            picky.door.setLimit(MANY + 1);
            enqueue();
            afterTurns(3, () -> given.add(picky.entries.size() - MANY));
        });
        assertThat(given).containsExactly(0, 0, 1);

        given.clear();
        loop.run(() -> {
            picky.door.setLimit(MANY + 2);
            enqueue();
            afterTurns(1, () -> given.add(picky.entries.size() - MANY));
        });
        assertThat(given).containsExactly(2);
    }

    @Test
    void endsADrainWhenAllThatCameBackWasLookedThrough() {
        send(MANY);
        var picky = new Picky(MANY);
        loop.run(() -> {
            picky.refuseAll();
            enqueue();
            picky.door.drain(MANY + 10);
            assertThat(picky.drained).isZero();
        });
        assertThat(picky.entries).hasSize(MANY + 1);
        assertThat(picky.drained).isEqualTo(1);
    }

    @Test
    void givesOutWhatComesBackBehindAConsumersPlace() {
        var first = new Picky(1);
        send(1);
        var picky = new Picky(3);
        send(3);
        loop.run(() -> {
            picky.refuseAll();
            picky.door.setLimit(10);
        });
        assertThat(picky.entries).hasSize(3);

        loop.run(() -> first.door.giveBack(first.entries.get(0), false, false));
        assertThat(picky.entries).hasSize(4).endsWith(first.entries.get(0));

        var other = new Picky(10);
        assertThat(other.entries).containsExactlyElementsOf(picky.entries.subList(0, 3));
    }

    @Test
    void remembersNoConsumersThatLeftAndCountsThoseItRemembers() {
        send(1);
        long unrefused = memory.bytes();
        refuseAndLeave();
        long once = memory.bytes();
        assertThat(once).isGreaterThan(unrefused);
        for (int i = 0; i < 50; i++) {
            refuseAndLeave();
        }
        assertThat(memory.bytes()).isEqualTo(once);

        var staying = new Picky(1);
        loop.run(staying::refuseAll);
        refuseAndLeave();
        assertThat(memory.bytes()).isGreaterThan(once);
        assertThat(staying.entries).hasSize(1);
    }

    private void refuseAndLeave() {
        var picky = new Picky(1);
        assertThat(picky.entries).hasSize(1);
        loop.run(picky::refuseAll);
        loop.run(picky.door::leave);
    }

    /** Runs the task so many times, each behind what the queue has in hand then. */
    private void afterTurns(int turns, Runnable task) {
        loop.execute(() -> {
            task.run();
            if (turns > 1) {
                afterTurns(turns - 1, task);
            }
        });
    }

    private void send(int count) {
        loop.run(() -> {
            for (int i = 0; i < count; i++) {
                enqueue();
            }
        });
    }

    private void enqueue() {
        var message = new MessageReader().read(encoded.duplicate(), loop.nowMillis());
        producer.enqueue(message, EnqueueReply.NOBODY);
    }

    private final class Picky implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final ConsumerDoor door;
        int drained;

        Picky(long limit) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                var mine = RefusedMessagesTest.this.door.openConsumer(loop, this);
                opened.add(mine);
                mine.setLimit(limit);
            });
            door = opened.get(0);
        }

        void refuseAll() {
            entries.forEach(each -> door.giveBack(each, false, true));
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
        }

        @Override
        public void onDrained() {
            drained++;
        }

        @Override
        public void onQueueDeleted() {}
    }
}
