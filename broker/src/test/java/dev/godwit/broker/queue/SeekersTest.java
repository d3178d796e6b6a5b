package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.QueueBench.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers with filters, at queues in memory and on the disk. */
class SeekersTest extends SoughtQueue {
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

    /** Wants nothing, and counts how often it is asked. */
    private static class Counting implements MessageFilter {
        int looks;

        @Override
        public boolean matches(Message message) {
            looks++;
            return false;
        }
    }
}
