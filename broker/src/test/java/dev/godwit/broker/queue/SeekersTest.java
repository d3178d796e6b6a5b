package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.filter.Selector;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers with filters, and such as only look, at queues in memory and on the disk. */
class SeekersTest {
    private static final long IN_MEMORY = 100_000_000;
    private static final long ON_DISK = 0;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualLog log = new ManualLog();
    private MessageMemory memory = new MessageMemory(IN_MEMORY);
    private MessageQueue queue = newQueue();
    private int sent;

    private MessageQueue newQueue() {
        return new MessageQueue(
                new QueueName(7, "orders", true), loop, loop, log, new NoDeadLetters(), new QueueLimits(10, memory));
    }

    private void useMemory(long bytes) {
        memory = new MessageMemory(bytes);
        queue = newQueue();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    @Spec("3.5.1/filter-applied")
    void givesWhatIsWantedInOrderAndIsNotBlockedByTheRest(long bytes) {
        useMemory(bytes);
        send(300);
        var thirds = new Taker("n = 3 OR n > 100 AND third", 10);
        settle();
        assertThat(thirds.numbers()).startsWith(3, 102, 105).hasSize(10);

        thirds.consumeAll();
        thirds.move(100);
        settle();
        assertThat(thirds.numbers()).hasSize(57).endsWith(297).isSorted();

        var rest = new Taker(Interest.ALL, 1_000);
        settle();
        assertThat(rest.numbers()).hasSize(300 - 67).isSorted();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void consumersWithDifferentFiltersCompeteAndEachMessageGoesToOne(long bytes) {
        useMemory(bytes);
        send(1_000);
        var thirds = new Taker("third", 0);
        var even = new Taker("even", 0);
        var again = new Taker("third", 0);
        loop.run(() -> List.of(thirds, even, again).forEach(taker -> taker.door.setLimit(2_000)));
        settle();

        var all = new ArrayList<Integer>();
        for (var taker : List.of(thirds, even, again)) {
            assertThat(taker.numbers()).isSorted();
            all.addAll(taker.numbers());
        }
        assertThat(all).doesNotHaveDuplicates().hasSize(667);
        assertThat(thirds.numbers()).hasSizeGreaterThan(100).allMatch(n -> n % 3 == 0);
        assertThat(again.numbers()).hasSizeGreaterThan(100);
        assertThat(even.numbers()).allMatch(n -> n % 2 == 0);
    }

    @Test
    void looksAtEachMessageOnceForAllConsumersWithOneFilter() {
        send(2_000);
        var counting = new Counting();
        var first = new Taker(new Interest(counting, false), 5);
        var second = new Taker(new Interest(counting, false), 5);
        settle();
        for (int i = 0; i < 100; i++) {
            first.move(5);
            second.move(5);
            send(3);
            settle();
        }
        assertThat(counting.looks).isEqualTo(2_300);
        assertThat(first.numbers()).isEmpty();
    }

    @Test
    void readsEachMessageFromTheDiskOnceForAFilter() {
        useMemory(ON_DISK);
        send(3_000);
        var none = new Taker("n < 0", 100);
        settle();
        none.move(200);
        settle();
        assertThat(none.numbers()).isEmpty();
        assertThat(log.messagesRead).isEqualTo(3_000);
        assertThat(memory.bytes()).isEqualTo(3_000 * MessageMemory.REFERENCE_BYTES);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void seesAgainWhatComesBack(long bytes) {
        useMemory(bytes);
        send(100);
        var first = new Taker("third", 20);
        settle();
        first.move(0);
        first.giveBack(4, false);
        first.giveBack(0, false);
        settle();
        assertThat(first.numbers()).hasSize(18);

        first.move(3);
        settle();
        assertThat(first.numbers()).hasSize(21).endsWith(0, 12, 60);

        first.leave();
        var second = new Taker("third", 200);
        settle();
        assertThat(second.numbers()).hasSize(34).isSorted();
    }

    @Test
    void asksTheFilterAgainWithTheNewDeliveryCount() {
        send(3);
        var fresh = new Taker("JMSXDeliveryCount = 1", 10);
        var failed = new Taker("JMSXDeliveryCount > 1", 10);
        settle();
        assertThat(fresh.numbers()).containsExactly(0, 1, 2);
        fresh.giveBack(1, true);
        settle();
        assertThat(fresh.numbers()).containsExactly(0, 2);
        assertThat(failed.numbers()).containsExactly(1);
    }

    @Test
    void givesAMessageThatOneConsumerMayNotHaveToAnotherWithTheSameFilterWhenThatHasCredit() {
        send(5);
        var one = new Taker("n = 3", 10);
        settle();
        one.giveBackForGood(0);
        settle();
        assertThat(one.numbers()).isEmpty();
        var other = new Taker("n = 3", 0);
        settle();
        other.move(1);
        settle();
        assertThat(other.numbers()).containsExactly(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void whatComesBackFromTheMiddleDoesNotOvertakeWhatWasBeforeIt(long bytes) {
        useMemory(bytes);
        send(50);
        var middle = new Taker("n >= 20 AND n < 25", 10);
        settle();
        middle.leave();
        var all = new Taker(Interest.ALL, 1_000);
        settle();
        assertThat(all.numbers()).isEqualTo(numbers(0, 50));
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    @Spec("3.5.2/copy")
    void showsMessagesAndLeavesThemWhereTheyAre(long bytes) {
        useMemory(bytes);
        send(700);
        for (int round = 0; round < 2; round++) {
            var browser = new Taker(new Interest(null, true), 0);
            browser.drain(1_000);
            settle();
            assertThat(browser.drained).isOne();
            assertThat(browser.numbers()).isEqualTo(numbers(0, 700));
            browser.consumeAll();
            browser.leave();
        }
        assertThat(statistics().ready()).isEqualTo(700);
        var all = new Taker(Interest.ALL, 1_000);
        settle();
        assertThat(all.numbers()).isEqualTo(numbers(0, 700));
        assertThat(all.entries).allMatch(entry -> !entry.wasAcquiredBefore() && entry.deliveryCount() == 0);
    }

    @Test
    @Spec("3.5.2/copy")
    void whateverABrowserSaysOfACopyIsVoid() {
        send(3);
        var browser = new Taker(new Interest(null, true), 10);
        settle();
        browser.giveBack(0, true);
        browser.reject(0);
        browser.consumeAll();
        settle();
        assertThat(statistics().ready()).isEqualTo(3);
        assertThat(browser.numbers()).isEmpty();
    }

    @Test
    @Spec("3.5.2/copy-once")
    void aBrowserGoesOnWithWhatComesAndSeesEachMessageOnce() {
        send(3);
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        var taker = new Taker(Interest.ALL, 3);
        settle();
        taker.leave();
        send(2);
        settle();
        assertThat(browser.numbers()).containsExactly(0, 1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aBrowserDoesNotSeeWhatSomebodyHasAndSeesWhatCameBackWithItsDeliveryCount(long bytes) {
        useMemory(bytes);
        send(10);
        var taker = new Taker(Interest.ALL, 4);
        settle();
        taker.giveBack(1, true);
        settle();
        taker.move(0);
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        assertThat(browser.numbers())
                .startsWith(taker.numbers().contains(1) ? 4 : 1)
                .doesNotContain(0, 2, 3);
        var selective = new Taker(new Interest(selector("even"), true), 100);
        settle();
        assertThat(selective.numbers()).containsExactly(4, 6, 8);
    }

    @Test
    void aBrowserLeavesNothingInMemoryOfWhatCameBack() {
        useMemory(ON_DISK);
        send(50);
        var taker = new Taker(Interest.ALL, 50);
        settle();
        taker.leave();
        settle();
        long before = memory.bytes();
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        assertThat(browser.numbers()).isEqualTo(numbers(0, 50));
        assertThat(memory.bytes()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void asksTheFilterForAnnotationsThatConsumersAdded(long bytes) {
        useMemory(bytes);
        send(3);
        var marked = new Taker("\"x-opt-mark\" = 'seen'", 10);
        var taker = new Taker(Interest.ALL, 3);
        settle();
        assertThat(marked.numbers()).isEmpty();
        taker.move(0);
        var second = taker.entries.get(1);
        loop.run(() -> taker.door.giveBack(second, false, false, Map.of(Symbol.of("x-opt-mark"), "seen")));
        settle();
        assertThat(marked.numbers()).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    @Spec("2.6.7/drain")
    void aDrainEndsWhenEverythingHasBeenLookedAt(long bytes) {
        useMemory(bytes);
        send(5_000);
        var last = new Taker("n = 4999", 0);
        last.drain(10);
        settle();
        assertThat(last.numbers()).containsExactly(4_999);
        assertThat(last.drained).isOne();
        last.drain(10);
        settle();
        assertThat(last.drained).isEqualTo(2);
    }

    @Test
    void theFewThatNobodyWantsCostNoPlaceForTheManyThatPassThem() {
        sendNonDurable(-1);
        var others = new Taker("n >= 0", 0);
        for (int i = 0; i < 200; i++) {
            for (int n = 0; n < 100; n++) {
                sendNonDurable(i * 100 + n);
            }
            others.move(100);
            settle();
            others.consumeAll();
        }
        var all = new Taker(Interest.ALL, 10);
        settle();
        assertThat(all.numbers()).containsExactly(-1);
        assertThat(others.last).isEqualTo(19_999);
    }

    @Test
    void passesOverWhatCannotBeReadAndSetsItAside() {
        useMemory(ON_DISK);
        send(100);
        log.damaged.add(51L);
        var even = new Taker("even", 100);
        settle();
        assertThat(even.numbers()).hasSize(49).doesNotContain(50);
        assertThat(statistics().damaged()).isOne();
    }

    @Test
    void expiresWhatAFilterFindsTooLate() {
        loop.run(() -> new QueueDoor(queue)
                .openProducer(loop)
                .enqueue(message(1, new Header(false, 4, 5, false, 0)), EnqueueReply.NOBODY));
        loop.advance(5);
        var taker = new Taker("n = 1", 10);
        var browser = new Taker(new Interest(null, true), 10);
        settle();
        assertThat(taker.numbers()).isEmpty();
        assertThat(browser.numbers()).isEmpty();
        assertThat(statistics().expired()).isOne();
    }

    @Test
    void aTurnEndsInTimeHoweverLongTheQueueAndLaterTurnsGoOn() {
        send(20_000);
        var slow = new Counting() {
            @Override
            public boolean matches(Message message) {
                long end = System.nanoTime() + 2_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return super.matches(message);
            }
        };
        var consumer = new Taker(new Interest(slow, false), 0);
        loop.run(() -> consumer.door.setLimit(1));
        settle();
        assertThat(slow.looks).isEqualTo(20_000);
        assertThat(consumer.numbers()).isEmpty();
    }

    // What the tests do.

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            int number = sent++;
            loop.run(() -> new QueueDoor(queue)
                    .openProducer(loop)
                    .enqueue(message(number, Header.DURABLE), EnqueueReply.NOBODY));
        }
        loop.run(log::commitAll);
    }

    private void sendNonDurable(int number) {
        loop.run(() ->
                new QueueDoor(queue).openProducer(loop).enqueue(message(number, Header.DEFAULT), EnqueueReply.NOBODY));
    }

    private QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    private Message message(int number, Header header) {
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
    private void settle() {
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

    private static MessageFilter selector(String text) {
        try {
            return Selector.parse(text);
        } catch (InvalidFilterException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** Wants nothing, and counts how often it is asked. */
    private static class Counting implements MessageFilter {
        int looks;

        @Override
        public boolean matches(Message message) {
            looks++;
            return false;
        }
    }

    /** A consumer that takes messages as a link does. */
    private final class Taker implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        private final ConsumerDoor door;
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
