package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.RecordedReply.endings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues that may hold only so many messages. */
class CapacityTest implements ConsumerPort {
    private static final int MAX = 3;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualLog log = new ManualLog();
    private final MessageMemory memory = new MessageMemory(100_000_000);
    private final MessageQueue queue = new MessageQueue(
            new QueueName(7, "orders", true), loop, loop, log, new NoDeadLetters(), new QueueLimits(3, memory));
    private final ProducerDoor producer = new QueueDoor(queue).openProducer(loop);
    private final List<QueueEntry> given = new ArrayList<>();
    private @Nullable ConsumerDoor consumer;

    @BeforeEach
    void attach() {
        loop.run(() -> consumer = new QueueDoor(queue).openConsumer(loop, this));
    }

    private ConsumerDoor consumer() {
        return Objects.requireNonNull(consumer);
    }

    private void apply(long max, WhenFull whenFull) {
        var settings =
                AddressSettings.NONE.with(AddressSetting.MAX_MESSAGES, max).with(AddressSetting.WHEN_FULL, whenFull);
        loop.run(() -> queue.apply(settings));
    }

    private List<RecordedReply> send(boolean durable, int... numbers) {
        var replies = new ArrayList<RecordedReply>();
        loop.run(() -> {
            for (int number : numbers) {
                var encoded = AmqpMessage.builder(new MessageBody.Value(number))
                        .header(durable ? Header.DURABLE : Header.DEFAULT)
                        .build()
                        .encode();
                var reply = new RecordedReply();
                replies.add(reply);
                producer.enqueue(new MessageReader().read(encoded, loop.nowMillis()), reply);
            }
        });
        loop.run(log::commitAll);
        return replies;
    }

    private List<Integer> receive() {
        given.clear();
        loop.run(() -> consumer().setLimit(Integer.MAX_VALUE));
        loop.run(log::commitAll);
        return numbers();
    }

    private List<Integer> numbers() {
        return given.stream().map(CapacityTest::number).toList();
    }

    private static int number(QueueEntry entry) {
        var message = Objects.requireNonNull(entry.message());
        var body = AmqpMessage.decode(message.encoded().duplicate()).body();
        return (Integer) Objects.requireNonNull(((MessageBody.Value) body).value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void blocksUntilSomethingLeaves(boolean durable) {
        apply(MAX, WhenFull.BLOCK);
        var replies = send(durable, 1, 2, 3, 4, 5);
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "none", "none");

        assertThat(receive()).containsExactly(1, 2, 3);
        assertThat(endings(replies)).as("what a consumer has is still here").endsWith("none", "none");
        loop.run(() -> consumer().consume(given.get(0)));
        loop.run(log::commitAll);
        assertThat(numbers()).containsExactly(1, 2, 3, 4);
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "safe", "none");
        loop.run(() -> given.forEach(consumer()::consume));
        loop.run(log::commitAll);
        assertThat(numbers()).containsExactly(1, 2, 3, 4, 5);
        assertThat(endings(replies)).containsOnly("safe");
    }

    @Test
    void countsWhatWaitsForTheDisk() {
        apply(MAX, WhenFull.REJECT);
        var replies = new ArrayList<RecordedReply>();
        // One turn: none of them is committed when the next one comes.
        replies.addAll(send(true, 1, 2, 3, 4));
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "rejected amqp:resource-limit-exceeded");
    }

    @Test
    void rejectsByName() {
        apply(MAX, WhenFull.REJECT);
        send(true, 1, 2, 3);
        var refused = send(true, 4).get(0);
        assertThat(refused.endings).containsExactly("rejected amqp:resource-limit-exceeded");
        var why = refused.why();
        assertThat(AmqpError.RESOURCE_LIMIT_EXCEEDED.is(why)).isTrue();
        assertThat(why.description()).isEqualTo("queue 'orders' is full: it may hold 3 messages; send it again later");

        assertThat(receive()).containsExactly(1, 2, 3);
        loop.run(() -> given.forEach(consumer()::consume));
        assertThat(endings(send(true, 5))).containsExactly("safe");
    }

    @Test
    void dropsTheOldestOfARing() {
        apply(MAX, WhenFull.DROP_OLDEST);
        assertThat(endings(send(true, IntStream.range(0, 100).toArray()))).containsOnly("safe");
        assertThat(receive()).containsExactly(97, 98, 99);
        send(true, 100);
        assertThat(numbers()).as("nothing that a consumer has is dropped").containsExactly(97, 98, 99, 100);
    }

    @Test
    void takesInWhatWaitedWhenMoreIsAllowed() {
        apply(MAX, WhenFull.BLOCK);
        var replies = send(true, 1, 2, 3, 4, 5);
        apply(4, WhenFull.BLOCK);
        loop.run(log::commitAll);
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "safe", "none");
        apply(0, WhenFull.BLOCK);
        loop.run(log::commitAll);
        assertThat(endings(replies)).containsOnly("safe");
    }

    @Test
    void takesInWhatWaitedWhenTheQueueIsPurged() {
        apply(MAX, WhenFull.BLOCK);
        var replies = send(true, 1, 2, 3, 4, 5);
        loop.run(() -> queue.purge(messages -> assertThat(messages).isEqualTo(3)));
        loop.run(log::commitAll);
        loop.run(log::commitAll);
        assertThat(endings(replies)).containsOnly("safe");
        assertThat(receive()).containsExactly(4, 5);
    }

    @Test
    void refusesWhatWaitsWhenTheQueueIsDeleted() {
        apply(MAX, WhenFull.BLOCK);
        var replies = send(true, 1, 2, 3, 4);
        loop.run(queue::delete);
        assertThat(endings(replies)).endsWith("deleted");
    }

    @Test
    void forgetsWhatWaitsOfAProducerThatIsGone() {
        apply(MAX, WhenFull.BLOCK);
        send(true, 1, 2, 3);
        var replies = send(true, 4, 5);
        assertThat(endings(replies)).containsOnly("none");
        loop.run(producer::leave);
        assertThat(endings(replies)).containsOnly("refused");
        assertThat(receive()).containsExactly(1, 2, 3);
        loop.run(() -> given.forEach(consumer()::consume));
        assertThat(numbers()).containsExactly(1, 2, 3);
    }

    @Test
    void refusesMoreThanMemoryShouldHoldInFrontOfIt() {
        apply(MAX, WhenFull.BLOCK);
        var replies = send(true, IntStream.range(0, 10_010).toArray());
        assertThat(endings(replies).subList(0, 3)).containsOnly("safe");
        assertThat(endings(replies).subList(3, 10_003)).containsOnly("none");
        assertThat(endings(replies).subList(10_003, 10_010)).containsOnly("rejected amqp:resource-limit-exceeded");
    }

    @Test
    void dropsALongQueueInSlices() {
        send(true, IntStream.range(0, 25_000).toArray());
        apply(MAX, WhenFull.DROP_OLDEST);
        for (int turn = 0; turn < 100; turn++) {
            loop.run(log::commitAll);
            loop.advance(MessageQueue.JOURNAL_FULL_RETRY_MILLIS);
        }
        assertThat(receive()).containsExactly(24_997, 24_998, 24_999);
        assertThat(log.records.stream()
                        .filter(MessagesRemoved.class::isInstance)
                        .count())
                .isGreaterThanOrEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(WhenFull.class)
    void aSubscriptionThatIsNotDurableStopsNobody(WhenFull whenFull) {
        var room = new SharedRoom(1_000_000);
        loop.run(() -> queue.holdAtMost(new HoldingLimits(1_000_000, 1_000_000, room, room, false)));
        apply(MAX, whenFull);
        assertThat(endings(send(false, 1, 2, 3, 4))).containsOnly("safe");
        assertThat(receive()).containsExactly(2, 3, 4);
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
