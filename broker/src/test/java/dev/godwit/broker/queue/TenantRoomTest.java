package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Queues on several loops that may hold only so much together. */
class TenantRoomTest {
    private static final int MESSAGE_BYTES = message().sizeBytes();

    private TenantRoom room = new TenantRoom("red", List.of("red.*"), 5, 0);
    private final MessageMemory memory = new MessageMemory(100_000_000);

    private static Message message() {
        var encoded = AmqpMessage.builder(MessageBody.Data.of(new byte[1_000]))
                .header(Header.DURABLE)
                .build()
                .encode();
        return new MessageReader().read(encoded, 0);
    }

    /** A queue on a loop of its own, and what became of what was sent to it. */
    private final class Node implements ConsumerPort {
        final ManualEventLoop loop = new ManualEventLoop();
        final ManualLog log = new ManualLog();
        final List<String> heard = new ArrayList<>();
        final List<QueueEntry> given = new ArrayList<>();
        final MessageQueue queue;
        private final ConsumerDoor consumer;

        Node(String name, WhenFull whenFull) {
            queue = new MessageQueue(
                    new QueueName(7, name, true),
                    loop,
                    loop,
                    log,
                    new NoDeadLetters(),
                    new QueueLimits(0, memory, List.of(room)));
            loop.run(() -> queue.apply(AddressSettings.NONE.with(AddressSetting.WHEN_FULL, whenFull)));
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> opened.add(new QueueDoor(queue).openConsumer(loop, this)));
            consumer = opened.get(0);
        }

        void send(int count) {
            for (int i = 0; i < count; i++) {
                loop.run(() -> queue.enqueue(new QueueEntry(queue, message(), new Reply(heard))));
            }
            settle();
        }

        void settle() {
            loop.runTasks();
            loop.run(log::commitAll);
        }

        void consume(int count) {
            loop.run(() -> consumer.setLimit(given.size() + (long) count));
            settle();
            loop.run(() -> given.subList(given.size() - count, given.size()).forEach(consumer::consume));
            settle();
        }

        long ready() {
            var read = new ArrayList<Long>();
            loop.run(() -> read.add(queue.statistics().ready()));
            return read.get(0);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            given.add(entry);
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    private record Reply(List<String> heard) implements EnqueueReply {
        @Override
        public void onSafe() {
            heard.add("safe");
        }

        @Override
        public void onRefused() {
            heard.add("refused");
        }

        @Override
        public void onRejected(ErrorCondition why) {
            heard.add(String.valueOf(why.description()));
        }

        @Override
        public void onInDoubt() {}
    }

    @Test
    void queuesWaitForRoomThatOthersMake() {
        var first = new Node("red.a", WhenFull.BLOCK);
        var second = new Node("red.b", WhenFull.BLOCK);
        var other = new Node("blue", WhenFull.BLOCK);
        first.send(3);
        second.send(4);
        other.send(20);
        assertThat(first.heard).hasSize(3);
        assertThat(second.heard).as("two had room").hasSize(2);
        assertThat(other.heard).hasSize(20);

        first.consume(1);
        second.settle();
        assertThat(second.heard).hasSize(3);
        first.consume(2);
        second.settle();
        assertThat(second.heard).containsExactly("safe", "safe", "safe", "safe");
        second.consume(4);
        assertThat(room.isFull(4, 0)).isFalse();
        assertThat(room.isFull(5, 0)).isTrue();
    }

    @Test
    void aQueueRefusesForItsTenantIfItRefuses() {
        var first = new Node("red.a", WhenFull.BLOCK);
        var second = new Node("red.b", WhenFull.REJECT);
        first.send(5);
        second.send(1);
        assertThat(second.heard)
                .containsExactly(
                        "queue 'red.b' is full: it may hold any number, and the queues of tenant 'red' may hold"
                                + " 5 messages together; send it again later");
    }

    @Test
    void aRingDropsItsOwnMessages() {
        var first = new Node("red.a", WhenFull.BLOCK);
        var ring = new Node("red.b", WhenFull.DROP_OLDEST);
        first.send(3);
        ring.send(10);
        assertThat(ring.heard).hasSize(10).containsOnly("safe");
        assertThat(ring.ready()).isEqualTo(2);
        assertThat(first.ready()).isEqualTo(3);
    }

    @Test
    void bytesCountAndAreForgottenWithTheirQueue() {
        room = new TenantRoom("red", List.of("red.*"), 0, 3L * MESSAGE_BYTES);
        var first = new Node("red.a", WhenFull.BLOCK);
        var second = new Node("red.b", WhenFull.BLOCK);
        first.send(3);
        second.send(2);
        assertThat(second.heard).isEmpty();
        first.loop.run(first.queue::delete);
        first.settle();
        second.settle();
        assertThat(second.heard).containsExactly("safe", "safe");

        second.loop.run(() -> second.queue.purge(messages -> {}));
        second.settle();
        assertThat(room.isFull(0, 3L * MESSAGE_BYTES)).isFalse();
        assertThat(room.isFull(0, 3L * MESSAGE_BYTES + 1)).isTrue();
    }

    /** Else its queue would look again and again. */
    @Test
    void aMessageThatDoesNotFitYetIsLookedAtWhenSomethingLeaves() {
        room = new TenantRoom("red", List.of("red.*"), 0, 40L * MESSAGE_BYTES);
        var first = new Node("red.a", WhenFull.BLOCK);
        var second = new Node("red.b", WhenFull.BLOCK);
        first.send(37);
        var large = AmqpMessage.builder(MessageBody.Data.of(new byte[5_000]))
                .build()
                .encode();
        var message = new MessageReader().read(large, 0);
        second.loop.run(() -> second.queue.enqueue(new QueueEntry(second.queue, message, new Reply(second.heard))));
        second.settle();
        assertThat(second.heard).isEmpty();
        first.consume(1);
        second.settle();
        assertThat(second.heard).isEmpty();
        first.consume(2);
        second.settle();
        assertThat(second.heard).containsExactly("safe");
    }

    @Test
    void knowsWhatIsThereAfterARestart() {
        var before = new Node("red.a", WhenFull.BLOCK);
        before.send(4);
        room = new TenantRoom("red", List.of("red.*"), 5, 0);
        var after = new Node("red.a", WhenFull.BLOCK);
        var stored = new StoredMessages();
        before.log
                .storedMessages()
                .forEach((index, record) -> stored.add(index, record.attributes(), record.expiryTimeMillis(), 0));
        after.loop.run(() -> after.queue.restore(stored));
        assertThat(room.isFull(0, 0)).isFalse();
        assertThat(room.isFull(1, 0)).isTrue();
    }

    /** Room may be made between the moment in which there is none and that in which somebody begins to wait for it. */
    @Test
    void whoBeginsToWaitWhenThereIsRoomIsWokenAtOnce() {
        var woken = new ArrayList<String>();
        room.whenThereIsRoom(4, 0, () -> woken.add("at once"));
        assertThat(woken).containsExactly("at once");
        room.add(5, 0);
        room.whenThereIsRoom(0, 0, () -> woken.add("later"));
        assertThat(woken).hasSize(1);
        room.add(-1, 0);
        assertThat(woken).containsExactly("at once", "later");
        room.add(-1, 0);
        assertThat(woken).hasSize(2);
    }
}
