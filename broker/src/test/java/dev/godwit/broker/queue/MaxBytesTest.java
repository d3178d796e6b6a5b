package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.RecordedReply.endings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.storage.record.JournalRecord.DefinitionStored;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues that may hold only so many bytes, and how many bytes a queue believes that it holds. */
class MaxBytesTest {
    private static final long PLENTY = 1L << 30;

    private QueueBench bench = new QueueBench(100_000_000, AddressSettings.NONE);
    private int sent;

    private static AddressSettings settings(long maxBytes, WhenFull whenFull) {
        return AddressSettings.NONE.with(AddressSetting.MAX_BYTES, maxBytes).with(AddressSetting.WHEN_FULL, whenFull);
    }

    private void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
    }

    private Message message(int number, int bodyBytes, boolean durable) {
        return message(number, bodyBytes, durable, 0);
    }

    private Message message(int number, int bodyBytes, boolean durable, long delayMillis) {
        var builder = AmqpMessage.builder(new MessageBody.Value(number))
                .header(durable ? Header.DURABLE : Header.DEFAULT)
                .properties(MessageProperties.builder()
                        .subject("x".repeat(bodyBytes))
                        .build());
        if (delayMillis > 0) {
            builder.messageAnnotation(Symbol.of("x-opt-delivery-delay"), delayMillis);
        }
        return new MessageReader().read(builder.build().encode(), bench.loop.nowMillis());
    }

    /** Sends durable ones of that size, and returns how long one of them is. */
    private int sendMany(int count, int bodyBytes, List<RecordedReply> replies) {
        int sizeBytes = 0;
        for (int i = 0; i < count; i++) {
            var message = message(sent++, bodyBytes, true);
            sizeBytes = message.sizeBytes();
            var reply = new RecordedReply();
            replies.add(reply);
            bench.send(message, reply);
        }
        bench.loop.run(bench.log::commitAll);
        return sizeBytes;
    }

    private long bytes() {
        return bench.statistics().bytes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void blocksUntilThereIsRoom(boolean durable) {
        int size = message(0, 500, durable).sizeBytes();
        apply(settings(3L * size, WhenFull.BLOCK));
        var replies = new ArrayList<RecordedReply>();
        for (int number = 0; number < 5; number++) {
            var reply = new RecordedReply();
            replies.add(reply);
            bench.send(message(number, 500, durable), reply);
        }
        bench.loop.run(bench.log::commitAll);
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "none", "none");
        assertThat(bytes()).isEqualTo(3L * size);

        var taker = bench.new Taker(Interest.ALL, 2);
        assertThat(endings(replies)).as("what a consumer has is still here").endsWith("none", "none");
        taker.consumeAll();
        bench.settle();
        assertThat(endings(replies)).containsOnly("safe");
        assertThat(taker.take(10)).containsExactly(2, 3, 4);
        taker.consumeAll();
        bench.settle();
        assertThat(bytes()).isZero();
    }

    @Test
    void keepsTheOrderWhenASmallerOneWouldFit() {
        int small = message(0, 100, true).sizeBytes();
        int large = message(0, 1_500, true).sizeBytes();
        apply(settings(large + small, WhenFull.BLOCK));
        var replies = new ArrayList<RecordedReply>();
        sendMany(2, 100, replies);
        sendMany(1, 1_500, replies);
        sendMany(1, 100, replies);
        assertThat(endings(replies)).containsExactly("safe", "safe", "none", "none");
        var taker = bench.new Taker(Interest.ALL, 1);
        taker.consumeAll();
        bench.settle();
        assertThat(endings(replies)).containsExactly("safe", "safe", "safe", "none");
    }

    @Test
    void rejectsByName() {
        var replies = new ArrayList<RecordedReply>();
        int size = message(0, 500, true).sizeBytes();
        apply(settings(2L * size + 1, WhenFull.REJECT).with(AddressSetting.MAX_MESSAGES, 10L));
        sendMany(3, 500, replies);
        assertThat(endings(replies)).containsExactly("safe", "safe", "rejected amqp:resource-limit-exceeded");
        var why = replies.get(2).why();
        assertThat(AmqpError.RESOURCE_LIMIT_EXCEEDED.is(why)).isTrue();
        assertThat(why.description())
                .isEqualTo("queue 'orders' is full: it may hold 10 messages and " + (2 * size + 1)
                        + " bytes; send it again later");
    }

    @Test
    void dropsTheOldestOfARing() {
        var replies = new ArrayList<RecordedReply>();
        int size = message(0, 500, true).sizeBytes();
        apply(settings(3L * size, WhenFull.DROP_OLDEST));
        sendMany(50, 500, replies);
        assertThat(endings(replies)).containsOnly("safe");
        assertThat(bench.new Taker(Interest.ALL, 100).numbers).containsExactly(47, 48, 49);
        assertThat(bytes()).isEqualTo(3L * size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BLOCK", "REJECT", "DROP_OLDEST"})
    void refusesAMessageThatNeverFits(String whenFull) {
        apply(settings(2_000, WhenFull.valueOf(whenFull)));
        var replies = new ArrayList<RecordedReply>();
        sendMany(1, 500, replies);
        int size = sendMany(1, 2_000, replies);
        sendMany(1, 500, replies);
        assertThat(endings(replies)).containsExactly("safe", "rejected amqp:resource-limit-exceeded", "safe");
        assertThat(replies.get(1).why().description())
                .isEqualTo("a message of " + size
                        + " bytes is too long for queue 'orders', which may hold 2000 bytes (max-bytes)");
        assertThat(bench.new Taker(Interest.ALL, 10).numbers).containsExactly(0, 2);
    }

    /** The journal is the shard's: there is much else between the messages of one queue. */
    @Test
    void aMessageThatWaitsForATimeTakesLittleMemoryWhereverItLies() {
        apply(settings(PLENTY, WhenFull.BLOCK));
        long before = bench.memory.bytes();
        long sizes = 0;
        for (int number = 0; number < 100; number++) {
            for (int other = 0; other < 600; other++) {
                bench.log.append(new DefinitionStored("kind", "key", ByteBuffer.allocate(0)), Parked.NOTHING);
            }
            var message = message(number, 500 + 10 * number, true, 1_000L + number);
            sizes += message.sizeBytes();
            bench.send(message, new RecordedReply());
        }
        bench.loop.run(bench.log::commitAll);
        assertThat(bytes()).isEqualTo(sizes);
        assertThat(bench.memory.bytes() - before).isLessThanOrEqualTo(100 * 62);

        bench.restart(settings(PLENTY, WhenFull.BLOCK));
        assertThat(bytes()).isBetween(sizes, sizes + sizes / 32);
        assertThat(bench.memory.bytes()).isLessThanOrEqualTo(100 * 62);
        bench.loop.advance(2_000);
        var taker = bench.new Taker(Interest.ALL, 100);
        bench.settle();
        assertThat(taker.numbers).hasSize(100);
        taker.consumeAll();
        bench.settle();
        assertThat(bytes()).isZero();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void takesInWhatWaitedWhenMoreIsAllowed() {
        int size = message(0, 500, true).sizeBytes();
        apply(settings(size, WhenFull.BLOCK));
        var replies = new ArrayList<RecordedReply>();
        sendMany(3, 500, replies);
        assertThat(endings(replies)).containsExactly("safe", "none", "none");
        apply(settings(2L * size, WhenFull.BLOCK));
        bench.settle();
        assertThat(endings(replies)).containsExactly("safe", "safe", "none");
        apply(AddressSettings.NONE);
        bench.settle();
        assertThat(endings(replies)).containsOnly("safe");
    }

    /** Also of messages that are on the disk only, in line or waiting for their time. */
    @Test
    void countsToTheByteWhatIsNotInMemory() {
        bench = new QueueBench(0, settings(PLENTY, WhenFull.BLOCK));
        long sum = sendSome(2_000);
        assertThat(bytes()).isEqualTo(sum);
        var taker = bench.new Taker(Interest.ALL, 0);
        while (bench.statistics().ready() > 0) {
            taker.take(150);
            if (taker.entries.size() > 3) {
                taker.giveBack(2);
            }
            long left = sum
                    - taker.entries.stream().mapToLong(QueueEntry::heldBytes).sum();
            taker.consumeAll();
            bench.settle();
            assertThat(bytes()).isEqualTo(left);
            sum = left;
        }
        bench.loop.advance(100_000);
        bench.settle();
        taker.take(10_000);
        taker.consumeAll();
        bench.settle();
        assertThat(bytes()).isZero();
        taker.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void countsNothingOfWhatIsPurgedUnread() {
        bench = new QueueBench(0, settings(PLENTY, WhenFull.BLOCK));
        sendSome(2_000);
        bench.loop.run(() -> bench.queue.purge(messages -> {}));
        bench.settle();
        assertThat(bytes()).isZero();
        assertThat(bench.memory.bytes()).isZero();
    }

    /** Durable ones of all sizes, some of which wait for a time; how many bytes they are. */
    private long sendSome(int count) {
        var random = new Random(count);
        long sum = 0;
        for (int i = 0; i < count; i++) {
            var message = message(sent++, random.nextInt(5_000), true, i % 5 == 0 ? 50_000 : 0);
            sum += message.sizeBytes();
            bench.send(message, EnqueueReply.NOBODY);
        }
        bench.settle();
        return sum;
    }

    @Test
    void knowsAfterARestartWithinThreePercent() {
        bench = new QueueBench(0, settings(PLENTY, WhenFull.BLOCK));
        long sum = sendSome(1_000);
        bench.restart(settings(PLENTY, WhenFull.BLOCK));
        bench.settle();
        assertThat(bytes()).isBetween(sum, sum + sum * 4 / 100);
        bench.loop.run(() -> bench.queue.purge(messages -> {}));
        bench.settle();
        assertThat(bytes()).isZero();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void knowsAboutHowMuchOfWhatCameWithoutALimit() {
        bench = new QueueBench(0, AddressSettings.NONE);
        long sum = sendSome(1_000);
        assertThat(bytes()).isBetween(sum * 3 / 4, sum * 4 / 3);
        bench.restart(settings(PLENTY, WhenFull.BLOCK));
        bench.settle();
        assertThat(bytes()).isBetween(sum * 3 / 4, sum * 4 / 3);
        var taker = bench.new Taker(Interest.ALL, 5_000);
        assertThat(bytes()).as("what has been read is known, what waits is not").isBetween(sum * 9 / 10, sum * 11 / 10);
        taker.consumeAll();
        bench.loop.advance(100_000);
        bench.settle();
        taker.take(5_000);
        taker.consumeAll();
        bench.settle();
        assertThat(bytes()).isZero();
    }

    @Test
    void isSetWhileThereIsABacklog() {
        bench = new QueueBench(0, AddressSettings.NONE);
        sendSome(1_000);
        apply(settings(PLENTY, WhenFull.BLOCK));
        sendSome(1_000);
        apply(AddressSettings.NONE);
        sendSome(1_000);
        var taker = bench.new Taker(Interest.ALL, 10_000);
        taker.consumeAll();
        bench.loop.run(() -> bench.queue.purge(messages -> {}));
        bench.settle();
        assertThat(bytes()).isZero();
        taker.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void aQueueWithoutALimitRecordsNothingMore() {
        sendMany(1, 700, new ArrayList<>());
        var first = bench.log.storedMessages().values().iterator().next();
        assertThat(MessageAttributes.isDetailed(first.attributes())).isFalse();
        apply(settings(PLENTY, WhenFull.BLOCK));
        sendMany(1, 700, new ArrayList<>());
        var both = new ArrayList<>(bench.log.storedMessages().values());
        assertThat(MessageAttributes.isDetailed(both.get(1).attributes())).isTrue();
        assertThat(both.get(1).attributes() & 0x7FF).isEqualTo(first.attributes());
    }

    @Test
    void attributesSayAboutHowLongAMessageIs() {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            int size = i < 10_000 ? i + 1 : 1 + random.nextInt(300_000);
            int attributes = MessageAttributes.of(5, size, true);
            assertThat(MessageAttributes.sizeBytesAbout(attributes))
                    .as("of %d", size)
                    .isBetween(size * 3 / 4, Math.max(48, size * 3 / 2));
            int detailed = attributes | MessageAttributes.detail(size);
            assertThat(detailed).isLessThanOrEqualTo(0xFFFF);
            assertThat(MessageAttributes.priority(detailed)).isEqualTo(5);
            assertThat(MessageAttributes.isGrouped(detailed)).isTrue();
            assertThat(MessageAttributes.isDetailed(detailed)).isTrue();
            assertThat(MessageAttributes.sizeBytesAbout(detailed))
                    .as("of %d", size)
                    .isBetween(size, Math.max(34, size + size / 31 + 2));
        }
    }
}
