package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of several consumers is given a message: by priority, by what they have not settled, or only one of them. */
class ConsumersTest {
    private static final long PLENTY_BYTES = 100_000_000;
    private static final AddressSettings EXCLUSIVE = AddressSettings.NONE.with(AddressSetting.EXCLUSIVE_CONSUMER, true);

    private final QueueBench bench = new QueueBench(PLENTY_BYTES, AddressSettings.NONE);

    private QueueBench.Taker taker(int priority, int credit) {
        return bench.new Taker(Interest.ALL.withPriority(priority), credit);
    }

    private QueueBench.Taker selective(int priority, int credit) {
        return bench.new Taker(new Interest(QueueBench.selector("n >= 0"), false, priority), credit);
    }

    private void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
    }

    private static List<Integer> numbers(int from, int to) {
        var numbers = new ArrayList<Integer>();
        for (int number = from; number < to; number++) {
            numbers.add(number);
        }
        return numbers;
    }

    @Test
    void higherPriorityIsServedAsLongAsItHasCredit() {
        var low = taker(-1, 10);
        var high = taker(5, 3);
        var usual = taker(0, 2);
        bench.sendMany(7, 4);
        assertThat(high.numbers).isEqualTo(numbers(0, 3));
        assertThat(usual.numbers).isEqualTo(numbers(3, 5));
        assertThat(low.numbers).isEqualTo(numbers(5, 7));
        high.consumeAll();
        assertThat(high.take(1)).isEmpty();
        bench.sendMany(2, 4);
        assertThat(high.numbers).isEqualTo(numbers(7, 8));
        assertThat(low.numbers)
                .isEqualTo(numbers(5, 9).stream().filter(number -> number != 7).toList());
    }

    @Test
    void consumersOfOnePriorityShare() {
        var first = taker(3, 10);
        var second = taker(3, 10);
        taker(0, 10);
        bench.sendMany(6, 4);
        assertThat(first.numbers).hasSize(3);
        assertThat(second.numbers).hasSize(3);
    }

    @Test
    void selectiveConsumerDoesNotComeBeforeOneOfHigherPriorityThatTakesAll() {
        var selective = selective(0, 10);
        var all = taker(1, 2);
        bench.sendMany(4, 4);
        assertThat(all.numbers).isEqualTo(numbers(0, 2));
        assertThat(selective.numbers).isEqualTo(numbers(2, 4));
    }

    @Test
    void selectiveConsumerOfHigherPriorityComesFirst() {
        var all = taker(0, 10);
        var other = bench.new Taker(new Interest(QueueBench.selector("n > 0"), false, 1), 10);
        var selective = selective(2, 2);
        bench.sendMany(4, 4);
        assertThat(selective.numbers).isEqualTo(numbers(0, 2));
        assertThat(other.numbers).isEqualTo(numbers(2, 4));
        assertThat(all.numbers).isEmpty();
    }

    @Test
    void looksOnlyOnceAtWhatNobodyOfAnyPriorityMayHave() {
        var looks = new int[1];
        MessageFilter counting = message -> {
            looks[0]++;
            return true;
        };
        var high = bench.new Taker(new Interest(counting, false, 1), 200);
        var low = bench.new Taker(new Interest(counting, false, 0), 200);
        bench.sendMany(100, 4);
        refuseAll(high);
        assertThat(low.numbers).containsExactlyInAnyOrderElementsOf(numbers(0, 100));
        refuseAll(low);
        int before = looks[0];
        for (int i = 0; i < 10; i++) {
            bench.sendMany(1, 4);
        }
        assertThat(high.numbers).hasSize(110);
        assertThat(looks[0] - before).isEqualTo(10);
    }

    private void refuseAll(QueueBench.Taker taker) {
        bench.loop.run(() -> taker.entries.forEach(each -> taker.door.giveBack(each, false, true)));
        bench.settle();
    }

    @Test
    void browserSeesEverythingBesideConsumersOfPriority() {
        taker(7, 1);
        var browser = bench.new Taker(new Interest(null, true), 10);
        bench.sendMany(3, 4);
        assertThat(browser.numbers).contains(1, 2);
    }

    @Test
    void drainOfLowerPriorityGetsWhatHigherOnesLeave() {
        bench.sendMany(5, 4);
        var high = taker(1, 3);
        var low = taker(0, 0);
        bench.loop.run(() -> low.door.drain(10));
        assertThat(high.numbers).isEqualTo(numbers(0, 3));
        assertThat(low.numbers).isEqualTo(numbers(3, 5));
        assertThat(low.drained).isEqualTo(1);
    }

    @Test
    void prioritiesThatNobodyHasAnyMoreAreForgotten() {
        for (int priority = 1; priority <= 1_000; priority++) {
            taker(priority, 1).leave();
        }
        var left = taker(0, 1);
        bench.sendMany(1, 4);
        assertThat(left.numbers).isEqualTo(numbers(0, 1));
        assertThat(left.take(0)).isEmpty();
    }

    @Test
    void slowConsumerWithMuchCreditDoesNotHoard() {
        var slow = taker(0, 1_000);
        var quick = taker(0, 1_000);
        for (int i = 0; i < 1_000; i++) {
            bench.sendMany(1, 4);
            quick.consumeAll();
        }
        // One at the start, and one whenever the quick one has as much.
        assertThat(slow.numbers.size()).isLessThanOrEqualTo(2);
        assertThat(quick.numbers.size()).isGreaterThanOrEqualTo(998);
    }

    @Test
    void slowConsumerIsServedWhenTheQuickOnesHaveAsMuch() {
        var slow = taker(0, 1_000);
        var quick = taker(0, 1_000);
        bench.sendMany(64, 4);
        assertThat(slow.numbers).hasSize(32);
        assertThat(quick.numbers).hasSize(32);
        quick.consumeAll();
        bench.sendMany(20, 4);
        assertThat(slow.numbers).hasSize(32);
        assertThat(quick.numbers).hasSize(52);
    }

    @Test
    void theSameGoesForConsumersThatShareASelector() {
        var slow = selective(0, 1_000);
        var quick = selective(0, 1_000);
        for (int i = 0; i < 100; i++) {
            bench.sendMany(1, 4);
            quick.consumeAll();
        }
        assertThat(slow.numbers.size()).isLessThanOrEqualTo(2);
    }

    @Test
    void whatWasSettledOutOfCreditCountsWhenCreditComes() {
        var first = taker(0, 10);
        bench.sendMany(10, 4);
        var second = taker(0, 5);
        bench.sendMany(5, 4);
        assertThat(second.numbers).hasSize(5);
        first.consumeAll();
        first.move(3);
        second.move(3);
        bench.sendMany(3, 4);
        assertThat(first.numbers).hasSize(13);
    }

    @Test
    void onlyTheFirstOfExclusiveConsumersIsGivenMessages() {
        apply(EXCLUSIVE);
        var first = taker(0, 2);
        var second = taker(9, 10);
        bench.sendMany(4, 4);
        assertThat(first.numbers).isEqualTo(numbers(0, 2));
        assertThat(second.numbers).isEmpty();
        first.leave();
        bench.settle();
        assertThat(second.numbers).isEqualTo(numbers(0, 4));
    }

    @Test
    void ofThoseThatStandByTheOneOfHighestPriorityTakesOver() {
        apply(EXCLUSIVE);
        var first = taker(0, 1);
        var second = taker(1, 10);
        var third = selective(2, 10);
        var fourth = taker(2, 10);
        bench.sendMany(2, 4);
        second.leave();
        assertThat(first.numbers).isEqualTo(numbers(0, 1));
        first.leave();
        bench.settle();
        assertThat(third.numbers).isEqualTo(numbers(0, 2));
        assertThat(fourth.numbers).isEmpty();
    }

    @Test
    void consumerThatStandsByIsDrainedAtOnce() {
        apply(EXCLUSIVE);
        taker(0, 1);
        var second = taker(0, 0);
        bench.sendMany(4, 4);
        bench.loop.run(() -> second.door.drain(10));
        assertThat(second.drained).isEqualTo(1);
        assertThat(second.numbers).isEmpty();
    }

    @Test
    void exclusiveConsumerLeavesBrowsersAlone() {
        apply(EXCLUSIVE);
        var browser = bench.new Taker(new Interest(null, true), 10);
        var taker = taker(0, 1);
        var second = bench.new Taker(new Interest(null, true), 10);
        bench.sendMany(2, 4);
        assertThat(browser.numbers).contains(1);
        assertThat(second.numbers).contains(1);
        assertThat(taker.numbers).isEqualTo(numbers(0, 1));
    }

    @Test
    void exclusivenessComesAndGoesWhileConsumersAreThere() {
        var first = taker(0, 100);
        var second = taker(0, 100);
        bench.sendMany(2, 4);
        apply(EXCLUSIVE);
        bench.sendMany(10, 4);
        assertThat(first.numbers).hasSize(11);
        assertThat(second.numbers).hasSize(1);
        second.consumeAll();
        apply(AddressSettings.NONE);
        bench.sendMany(5, 4);
        assertThat(second.numbers).hasSize(6);
        assertThat(first.numbers).hasSize(11);
    }

    @Test
    void deletedExclusiveQueueGivesNothingToThoseThatStandBy() {
        apply(EXCLUSIVE);
        var first = taker(0, 1);
        var second = taker(0, 10);
        bench.sendMany(3, 4);
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(first.numbers).hasSize(1);
        assertThat(second.numbers).isEmpty();
    }
}
