package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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
            this(name, whenFull, new NoDeadLetters());
        }

        Node(String name, WhenFull whenFull, DeadLetters deadLetters) {
            queue = new MessageQueue(
                    new QueueName(7, name, true),
                    loop,
                    loop,
                    log,
                    deadLetters,
                    new QueueLimits(0, memory, List.of(room)));
            loop.run(() -> queue.apply(AddressSettings.NONE.with(AddressSetting.WHEN_FULL, whenFull)));
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> opened.add(new QueueDoor(queue).openConsumer(loop, this)));
            consumer = opened.get(0);
        }

        void send(int count) {
            for (int i = 0; i < count; i++) {
                loop.run(() -> queue.enqueue(new QueueEntry(queue, message(), new RecordedReply(heard))));
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

        void reject(int count) {
            loop.run(() -> consumer.setLimit(given.size() + (long) count));
            settle();
            loop.run(() ->
                    given.subList(given.size() - count, given.size()).forEach(each -> consumer.reject(each, null)));
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
        var refused = new RecordedReply();
        second.loop.run(() -> second.queue.enqueue(new QueueEntry(second.queue, message(), refused)));
        assertThat(refused.why().description())
                .isEqualTo("queue 'red.b' is full: it may hold any number, and the queues of tenant 'red' may hold"
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
        second.loop.run(
                () -> second.queue.enqueue(new QueueEntry(second.queue, message, new RecordedReply(second.heard))));
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
    void whoBeginsToWaitWhenThereIsRoomIsCalledAtOnce() {
        var woken = new ArrayList<String>();
        var atOnce = ticket("at once", 4, woken);
        assertThat(woken).containsExactly("at once");
        assertThat(room.isFull(4, 0)).as("room is kept for it").isTrue();
        room.giveUp(atOnce);
        assertThat(room.isFull(4, 0)).isFalse();
        room.add(5, 0);
        ticket("later", 0, woken);
        assertThat(woken).hasSize(1);
        room.add(-1, 0);
        assertThat(woken).containsExactly("at once", "later");
        room.add(-1, 0);
        assertThat(woken).hasSize(2);
    }

    private TenantRoom.Ticket ticket(String name, int arriving, List<String> woken) {
        var ticket = new TenantRoom.Ticket(() -> woken.add(name));
        ticket.need(arriving, 10, 10);
        room.lineUp(ticket);
        return ticket;
    }

    @Test
    void callsAsManyAsThereIsRoomForAndFewInOneGo() {
        room = new TenantRoom("red", List.of("red.*"), 1_000, 0);
        room.add(1_000, 0);
        var woken = new ArrayList<String>();
        var tickets = new ArrayList<TenantRoom.Ticket>();
        for (int i = 0; i < 400; i++) {
            tickets.add(ticket("" + i, 0, woken));
        }
        room.add(-3, 0);
        assertThat(woken).containsExactly("0", "1", "2");
        room.add(-1, 0);
        assertThat(woken).as("the room of those that were called is theirs").hasSize(4);
        room.add(-396, 0);
        assertThat(woken).hasSize(104);
        for (int i = 0; i < 104; i++) {
            room.add(1, 0);
            room.giveUp(tickets.get(i));
        }
        assertThat(woken).as("those that were called have the next ones called").hasSize(400);
        assertThat(woken).startsWith("0", "1", "2").endsWith("398", "399");
    }

    @Test
    void whoGivesUpKeepsNobodyWaiting() {
        room.add(4, 0);
        var woken = new ArrayList<String>();
        var needsMore = ticket("needs more", 1, woken);
        ticket("needs one", 0, woken);
        assertThat(woken).isEmpty();
        room.giveUp(needsMore);
        assertThat(woken).containsExactly("needs one");
    }

    /** Settlements of a queue's own messages are no reason for it to go past others. */
    @Test
    void noQueueGoesPastOneThatWaitsForLonger() {
        room = new TenantRoom("red", List.of("red.*"), 40, 0);
        var stuck = new Node("red.a", WhenFull.BLOCK);
        var flowing = new Node("red.b", WhenFull.BLOCK);
        var waiting = new Node("red.c", WhenFull.BLOCK);
        stuck.send(30);
        flowing.send(20);
        assertThat(flowing.heard).hasSize(10);
        waiting.send(2);
        assertThat(waiting.heard).isEmpty();
        for (int consumed = 1; consumed <= 4; consumed++) {
            flowing.consume(1);
            waiting.settle();
            flowing.settle();
            assertThat(flowing.heard.size() + waiting.heard.size()).isEqualTo(10 + consumed);
        }
        assertThat(waiting.heard).containsExactly("safe", "safe");
        assertThat(flowing.heard).hasSize(12);
    }

    @Test
    void waitsForWhatItNeedsOnly() {
        room = new TenantRoom("red", List.of("red.*"), 5, 100L * MESSAGE_BYTES);
        var first = new Node("red.a", WhenFull.BLOCK);
        var waiting = new Node("red.b", WhenFull.BLOCK);
        first.send(5);
        room.add(0, 92L * MESSAGE_BYTES);
        waiting.send(1);
        assertThat(waiting.heard).isEmpty();
        first.consume(1);
        waiting.settle();
        assertThat(waiting.heard).as("bytes are scarce, but there are some").containsExactly("safe");
    }

    @Test
    void aProducerThatLeavesKeepsNoOtherQueueWaiting() {
        room = new TenantRoom("red", List.of("red.*"), 0, 10L * MESSAGE_BYTES);
        var first = new Node("red.a", WhenFull.BLOCK);
        var left = new Node("red.b", WhenFull.BLOCK);
        var waiting = new Node("red.c", WhenFull.BLOCK);
        first.send(9);
        var large = AmqpMessage.builder(MessageBody.Data.of(new byte[5_000]))
                .build()
                .encode();
        left.loop.run(() -> left.queue.enqueue(
                new QueueEntry(left.queue, new MessageReader().read(large, 0), new RecordedReply(left.heard))));
        waiting.send(1);
        assertThat(waiting.heard).as("in turn, though it would fit").isEmpty();
        left.loop.run(left.queue::delete);
        waiting.settle();
        assertThat(waiting.heard).containsExactly("safe");
    }

    /** Else nothing could leave a full tenant: what leaves counts until it has arrived. */
    @Test
    void deadLettersArriveThoughTheirTenantIsFull() {
        var letters = new Letters();
        var source = new Node("red.a", WhenFull.BLOCK, letters);
        var dead = new Node("red.dead", WhenFull.BLOCK);
        letters.to = dead;
        source.send(5);
        dead.send(1);
        assertThat(dead.heard).as("it waits for room").isEmpty();
        source.reject(5);
        dead.settle();
        source.settle();
        assertThat(dead.ready() + dead.given.size()).isEqualTo(5);
        assertThat(source.ready()).isZero();
        assertThat(room.isFull(0, 0)).isTrue();
        dead.consume(1);
        dead.settle();
        assertThat(dead.heard).containsExactly("safe");
        source.send(1);
        assertThat(source.heard).hasSize(5);
        dead.consume(1);
        source.settle();
        assertThat(source.heard).hasSize(6);
    }

    @Test
    void deadLettersArriveWhereFullQueuesRefuse() {
        var letters = new Letters();
        var source = new Node("red.a", WhenFull.BLOCK, letters);
        var dead = new Node("red.dead", WhenFull.REJECT);
        letters.to = dead;
        source.send(5);
        source.reject(2);
        dead.settle();
        source.settle();
        assertThat(dead.ready()).isEqualTo(2);
        dead.send(1);
        assertThat(dead.heard).hasSize(1).doesNotContain("safe");
    }

    /** Brings them to a queue on another loop. */
    private static final class Letters implements DeadLetters {
        private @Nullable Node to;

        @Override
        public boolean isLastResort(String queue) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            var there = Objects.requireNonNull(to);
            there.loop.execute(() -> there.queue.enqueue(new QueueEntry(there.queue, message, reply)));
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing is large");
        }
    }
}
