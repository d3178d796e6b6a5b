package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Queues that may hold only so much, each by itself and all together. */
class OverflowTest {
    private static final int BODY_CHARACTERS = 10_000;
    private static final long BYTES_MAX = 100_000;
    private static final int PART_BYTES = 1_000;

    /** What one message takes here, at most. */
    private static final long MESSAGE_BYTES = 10_600;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final MessageMemory memory = new MessageMemory(1_000_000);
    private final ManualLog log = new ManualLog();
    private final SharedRoom memoryRoom = new SharedRoom(2 * BYTES_MAX);
    private final SharedRoom diskRoom = new SharedRoom(2 * BYTES_MAX);
    private long queues;

    @Test
    void dropsTheOldestOnceItHoldsTooMuch() {
        var node = new Node(true);
        for (int n = 0; n < 50; n++) {
            node.send(n);
            assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX);
        }
        node.setLimit(100);

        assertThat(node.numbers()).startsWith(41).endsWith(49).hasSize(9);
        assertThat(node.dropped()).isEqualTo(41);
    }

    @Test
    void dropsNothingThatAConsumerHas() {
        var node = new Node(true);
        node.setLimit(5);
        node.send(0, 50);
        assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX);
        node.setLimit(100);
        assertThat(node.numbers()).containsExactly(0, 1, 2, 3, 4, 46, 47, 48, 49);
    }

    @Test
    void keepsEverythingWhenNothingWasSaid() {
        var node = new Node(false);
        node.send(0, 50);
        assertThat(node.statistics().ready()).isEqualTo(50);
        assertThat(memoryRoom.bytes()).isZero();
    }

    @Test
    void givesNoMoreToConsumersThatSettleNothing() {
        var node = new Node(true);
        node.setLimit(1_000);
        node.send(0, 50);
        assertThat(node.numbers()).hasSize(10).startsWith(0).endsWith(9);
        assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX + MESSAGE_BYTES);

        node.settle(0);
        node.settle(1);
        node.send(50, 1);
        assertThat(node.numbers()).hasSize(11).endsWith(50);
    }

    @Test
    void goesOnWhenAConsumerSettlesAndMessagesWait() {
        var node = new Node(true);
        node.setLimit(1_000);
        node.send(0, 10);
        // What comes now is dropped at the turn's end, save what comes in the turn of the settlement.
        loop.run(() -> {
            node.consumer().consume(node.entries.get(0));
            node.producer.enqueue(message(10), EnqueueReply.NOBODY);
        });
        assertThat(node.numbers()).endsWith(10);
    }

    @Test
    void endsADrainWhenConsumersHaveAllThereIsRoomFor() {
        var node = new Node(true);
        node.setLimit(1_000);
        node.send(0, 12);
        loop.run(() -> {
            node.producer.enqueue(message(12), EnqueueReply.NOBODY);
            node.consumer().drain(2_000);
        });
        assertThat(node.drains).isEqualTo(1);
        assertThat(memory.bytes()).isLessThanOrEqualTo(BYTES_MAX + 2 * MESSAGE_BYTES);
    }

    @Test
    void dropsWhatCameBackBeforeWhatNobodyHadYet() {
        var node = new Node(true);
        node.setLimit(5);
        node.send(0, 8);
        loop.run(() -> node.entries.forEach(each -> node.consumer().giveBack(each, false, false)));
        node.entries.clear();
        node.send(8, 4);
        node.setLimit(100);
        assertThat(node.numbers()).containsExactly(3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void leavesEachQueueAnEqualShareWhenThereIsNotEnoughForAll() {
        var stalled = List.of(new Node(true), new Node(true), new Node(true), new Node(true));
        var healthy = new Node(true);
        healthy.setLimit(1_000);
        for (int n = 0; n < 100; n++) {
            for (var each : stalled) {
                each.send(n);
            }
            healthy.send(n);
            healthy.settle(n);
        }
        assertThat(memoryRoom.bytes()).isEqualTo(memory.bytes()).isLessThanOrEqualTo(2 * BYTES_MAX);
        assertThat(healthy.numbers()).hasSize(100);
        assertThat(healthy.dropped()).isZero();
        for (var each : stalled) {
            assertThat(each.statistics().ready()).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void asksThoseToMakeRoomToWhichNothingComesAnyMore() {
        var first = new Node(true);
        var second = new Node(true);
        first.send(0, 50);
        second.send(0, 50);
        assertThat(first.statistics().ready()).isEqualTo(9);
        var others = List.of(new Node(true), new Node(true), new Node(true));
        for (int n = 0; n < 20; n++) {
            for (var each : others) {
                each.send(n);
            }
            loop.advance(100);
        }
        assertThat(memory.bytes()).isLessThanOrEqualTo(2 * BYTES_MAX);
        for (var each : List.of(first, second, others.get(0), others.get(1), others.get(2))) {
            assertThat(each.statistics().ready()).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void leavesTheSharedRoomWithItsQueue() {
        var node = new Node(true);
        node.send(0, 5);
        node.sendLarge(20);
        loop.run(node.queue::delete);
        assertThat(memoryRoom.bytes()).isZero();
        assertThat(diskRoom.bytes()).isZero();
        assertThat(memoryRoom.share()).isEqualTo(2 * BYTES_MAX);
    }

    @Test
    void dropsLargeMessagesThatTakeTooMuchOfTheDisk() {
        var node = new Node(true);
        for (int n = 0; n < 10; n++) {
            node.sendLarge(30);
            assertThat(diskRoom.bytes()).isLessThanOrEqualTo(BYTES_MAX);
        }
        assertThat(node.statistics().ready()).isEqualTo(3);
        assertThat(node.dropped()).isEqualTo(7);
        loop.run(log::commitAll);
        long removed =
                log.records.stream().filter(MessagesRemoved.class::isInstance).count();
        assertThat(removed).isEqualTo(7);
    }

    @Test
    void countsLargeMessagesOnceHoweverTheyLeave() {
        var node = new Node(true);
        node.setLimit(2);
        node.sendLarge(30);
        node.sendLarge(30);
        node.sendLarge(30);
        long each = diskRoom.bytes() / 3;
        node.settle(0);
        assertThat(diskRoom.bytes()).isEqualTo(2 * each);
        loop.run(() -> node.consumer().giveBack(node.entries.get(1), false, false));
        assertThat(diskRoom.bytes()).isEqualTo(2 * each);
        loop.run(() -> node.queue.purge(purged -> {}));
        loop.run(log::commitAll);
        assertThat(diskRoom.bytes()).isZero();
    }

    @Test
    void tellsConsumersOfItWhenTheyAreToLeave() {
        var node = new Node(true, true);
        node.send(0, 9);
        assertThat(node.overflows).isZero();
        node.send(9, 1);
        assertThat(node.overflows).isEqualTo(1);

        var patient = new Node(true);
        patient.send(0, 20);
        assertThat(patient.overflows).isZero();
    }

    private Message message(int number) {
        var text = number + " " + "x".repeat(BODY_CHARACTERS);
        var encoded = AmqpMessage.builder(new MessageBody.Value(text))
                .header(Header.DEFAULT)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    /** A queue, somebody who sends, and a consumer that has no credit yet. */
    private final class Node implements ConsumerPort {
        final MessageQueue queue;
        final ProducerDoor producer;
        final List<QueueEntry> entries = new ArrayList<>();
        int drains;
        int overflows;
        private @Nullable ConsumerDoor consumer;

        Node(boolean bounded) {
            this(bounded, false);
        }

        Node(boolean bounded, boolean detaches) {
            queue = new MessageQueue(
                    new QueueName(++queues, "subscription" + queues, false),
                    loop,
                    loop,
                    log,
                    new NoDeadLetters(),
                    new QueueLimits(3, memory));
            var door = new QueueDoor(queue);
            producer = door.openProducer(loop);
            loop.run(() -> {
                if (bounded) {
                    queue.holdAtMost(new HoldingLimits(BYTES_MAX, BYTES_MAX, memoryRoom, diskRoom, detaches));
                }
                consumer = door.openConsumer(loop, this);
            });
        }

        ConsumerDoor consumer() {
            return Objects.requireNonNull(consumer);
        }

        void setLimit(long limit) {
            loop.run(() -> consumer().setLimit(limit));
        }

        void settle(int place) {
            loop.run(() -> consumer().consume(entries.get(place)));
        }

        void send(int first, int count) {
            for (int n = first; n < first + count; n++) {
                send(n);
            }
        }

        void send(int number) {
            loop.run(() -> producer.enqueue(message(number), EnqueueReply.NOBODY));
        }

        void sendLarge(int parts) {
            var head = head(parts * PART_BYTES);
            loop.run(() -> {
                var known = Objects.requireNonNull(new MessageReader().readHead(head, loop.nowMillis()));
                var arrival = producer.openLarge(known, new Unheard());
                for (int n = 0; n < parts; n++) {
                    arrival.addPart(ByteBuffer.allocate(PART_BYTES));
                }
                arrival.end();
            });
            loop.run(log::commitAll);
        }

        QueueStatistics statistics() {
            var found = new ArrayList<QueueStatistics>();
            loop.run(() -> found.add(queue.statistics()));
            return found.get(0);
        }

        long dropped() {
            return statistics().dropped();
        }

        List<Integer> numbers() {
            return entries.stream().map(OverflowTest::number).toList();
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
        }

        @Override
        public void onDrained() {
            drains++;
        }

        @Override
        public void onQueueDeleted() {}

        @Override
        public void onOverflow() {
            overflows++;
        }
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

    /** What a large message begins with. */
    private static ByteBuffer head(int bodyBytes) {
        return AmqpMessage.builder(MessageBody.Data.of(new byte[bodyBytes]))
                .header(Header.DEFAULT)
                .build()
                .encode();
    }

    private static final class Unheard implements LargeMessageReply {
        @Override
        public void onPartsTaken(long bytes) {}

        @Override
        public boolean isTransfer() {
            return false;
        }

        @Override
        public void onSafe() {}

        @Override
        public void onRefused() {}

        @Override
        public void onInDoubt() {}
    }
}
