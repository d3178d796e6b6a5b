package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of groups, and of what is held back of them, when messages, queues, brokers and settings go. */
class HeldBackGroupsTest extends GroupedQueue {
    @Test
    void whatIsHeldBackExpires() {
        var slow = taker(1);
        bench.sendOne(4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.sendOne(4, true, 500, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.sendOne(4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        taker(10);
        bench.settle();
        bench.loop.advance(600);
        assertThat(slow.take(10)).containsExactly(2);
    }

    @Test
    void whatNobodyHereMayHaveKeepsItsGroupNoLongerThanItIsThere() {
        var only = taker(1);
        bench.sendOne(4, true, 500, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.sendOne(4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.settle();
        giveBack(only, 0, true);
        assertThat(only.take(10)).isEmpty();
        bench.loop.advance(600);
        bench.settle();
        assertThat(only.numbers).containsExactly(1);
    }

    @Test
    void whatItsOwnerMayNotHaveKeepsItsGroupNoLongerThanItIsThere() {
        var owner = taker(2);
        bench.sendOne(4, true, 500, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.sendGroups("a", "a");
        bench.settle();
        giveBack(owner, 0, true);
        assertThat(owner.take(10)).isEmpty();
        bench.loop.advance(600);
        bench.settle();
        assertThat(owner.numbers).containsExactly(2);
    }

    @Test
    void whatWasNotOfAGroupWhenItCameBackKeepsItNoLongerThanItIsThere() {
        apply(AddressSettings.NONE.with(AddressSetting.MESSAGE_GROUPS, false));
        var only = taker(1);
        bench.sendOne(4, true, 500, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.sendOne(4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.settle();
        giveBack(only, 0, true);
        apply(AddressSettings.NONE);
        assertThat(only.take(10)).isEmpty();
        bench.loop.advance(600);
        bench.settle();
        assertThat(only.numbers).containsExactly(1);
    }

    @Test
    void whatIsReplacedByANewerOneOfItsKeyKeepsNothingOfItsGroupWaiting() {
        bench = new QueueBench(PLENTY_BYTES, AddressSettings.NONE.with(AddressSetting.LAST_VALUE_KEY, "stock"));
        var only = selective("n < 50", 1);
        int older = 1;
        int newer = older + 53;
        bench.repeat(older, 4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.repeat(2, 4, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.settle();
        giveBack(only, 0, true);
        assertThat(only.take(10)).isEmpty();
        bench.repeat(newer, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        assertThat(only.numbers).containsExactly(2);
    }

    @Test
    void whatExpiresBehindAnOwnerWithoutCreditIsForgotten() {
        taker(1);
        bench.sendGroups("a");
        taker(10);
        long before = bench.memory.bytes();
        for (int i = 0; i < 2_000; i++) {
            bench.sendOne(4, true, 5, QueueBench.group("a"), EnqueueReply.NOBODY);
            bench.settle();
            bench.loop.advance(10);
            bench.settle();
        }
        bench.loop.run(() -> assertThat(bench.queue.statistics().expired()).isGreaterThan(1_900));
        assertThat(bench.memory.bytes() - before).isLessThan(1_000);
    }

    @Test
    void purgeTakesWhatIsHeldBackAndTheGroupGoesOn() {
        var slow = taker(1);
        taker(10);
        send("a", 10);
        bench.loop.run(() -> bench.queue.purge(count -> assertThat(count).isEqualTo(9)));
        bench.settle();
        send("a", 2);
        assertThat(slow.take(10)).containsExactly(numbers(10, 11));
    }

    @Test
    void deletionEndsEverything() {
        var slow = taker(1);
        taker(10);
        send("a", 10);
        bench.loop.run(bench.queue::delete);
        bench.settle();
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(slow.numbers).containsExactly(0);
        assertThat(bench.memory.bytes()).isZero();
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void aRestartForgetsWhoseAGroupIsAndKeepsItsOrder() {
        bench = new QueueBench(0, AddressSettings.NONE);
        var before = taker(2);
        bench.sendGroups("a", "b", "a", "b", "a");
        bench.settle();
        assertThat(before.numbers).containsExactly(numbers(0, 1));
        bench.restart(AddressSettings.NONE);
        var first = taker(2);
        var second = taker(100);
        bench.settle();
        assertThat(first.numbers).containsExactly(numbers(0, 1));
        assertThat(second.numbers).isEmpty();
        first.leave();
        bench.settle();
        assertThat(second.numbers).containsExactly(numbers(0, 1, 2, 3, 4));
    }

    @Test
    void aRestartKeepsBackTheGroupOfWhatIsTriedAgainLater() {
        bench.sendGroups("a", "a", "b", "a");
        bench.restart(AddressSettings.NONE, Map.of(1L, bench.loop.nowMillis() + RETRY_MILLIS));
        var taker = taker(100);
        bench.settle();
        assertThat(taker.numbers).containsExactly(2);
        bench.loop.advance(RETRY_MILLIS);
        bench.settle();
        assertThat(taker.numbers).containsExactly(numbers(2, 0, 1, 3));
    }

    @Test
    void aMillionGroupsOverTimeLeaveNothingBehind() {
        var takers = List.of(taker(1_000), taker(1_000));
        for (int i = 0; i < 1_000; i++) {
            for (int j = 0; j < 1_000; j++) {
                bench.sendOne(4, false, QueueBench.NO_TTL, QueueBench.group("g" + i * 1_000 + j), EnqueueReply.NOBODY);
            }
            takers.forEach(QueueBench.Taker::consumeAll);
            takers.forEach(taker -> taker.move(1_000));
            takers.forEach(taker -> taker.numbers.clear());
        }
        // What it remembers of those that are gone.
        assertThat(bench.memory.bytes()).isLessThan(3L << 20);
        takers.forEach(QueueBench.Taker::leave);
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void idsThatAreLongAreNotRememberedForEver() {
        var taker = taker(1_000);
        var padding = "x".repeat(100_000);
        for (int i = 0; i < 200; i++) {
            bench.sendOne(4, false, QueueBench.NO_TTL, QueueBench.group(i + padding), EnqueueReply.NOBODY);
            taker.consumeAll();
        }
        assertThat(bench.memory.bytes()).isLessThan(3L << 20);
    }

    @Test
    void withoutTheSettingAGroupIdMeansNothing() {
        apply(AddressSettings.NONE.with(AddressSetting.MESSAGE_GROUPS, false));
        var first = taker(100);
        var second = taker(100);
        send("a", 10);
        assertThat(first.numbers).hasSize(5);
        assertThat(second.numbers).hasSize(5);
    }

    @Test
    void whatIsHeldBackIsNotWhenTheSettingGoes() {
        taker(1);
        var other = taker(100);
        send("a", 5);
        assertThat(other.numbers).isEmpty();
        apply(AddressSettings.NONE.with(AddressSetting.MESSAGE_GROUPS, false));
        assertThat(other.numbers).containsExactly(numbers(1, 2, 3, 4));
        other.consumeAll();
        apply(AddressSettings.NONE);
        bench.sendGroups("a", "b", "a", "b");
        assertThat(other.numbers).containsExactly(numbers(1, 2, 3, 4, 5, 6, 7, 8));
    }

    @Test
    void drainEndsAlthoughSomethingIsHeldBackForAnother() {
        taker(1);
        send("a", 5);
        var other = taker(0);
        bench.loop.run(() -> other.door.drain(10));
        bench.settle();
        assertThat(other.drained).isEqualTo(1);
        assertThat(other.numbers).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, PLENTY_BYTES})
    void drainGivesWhatIsHeldBackForWhoDrains(long memoryBytes) {
        bench = new QueueBench(memoryBytes, AddressSettings.NONE);
        var owner = taker(1);
        taker(100);
        send("a", 50);
        bench.settle();
        bench.loop.run(() -> owner.door.drain(100));
        bench.settle();
        assertThat(owner.numbers).hasSize(50).isSorted();
        assertThat(owner.drained).isEqualTo(1);
    }
}
