package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.runtime.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Message groups (AMQP 1.0 §3.2.4): to one consumer at a time, in order, and none waits for another. */
class GroupsTest extends GroupedQueue {
    @Test
    void aGroupGoesToOneConsumerAndGroupsAreSpread() {
        var first = taker(100);
        var second = taker(100);
        bench.sendGroups("a", "b", "a", "a", "b", "c", "d", "c");
        assertThat(first.numbers).containsExactly(numbers(0, 2, 3, 5, 7));
        assertThat(second.numbers).containsExactly(numbers(1, 4, 6));
    }

    @Test
    void aGroupStaysWithItsConsumerWhenNothingOfItIsThere() {
        var first = taker(100);
        var second = taker(100);
        bench.sendGroups("a", "b", "c");
        consume(first);
        consume(second);
        for (int i = 0; i < 10; i++) {
            bench.sendGroups("b");
            consume(second);
        }
        assertThat(second.numbers).hasSize(11);
        bench.sendGroups("a", "c");
        assertThat(first.numbers).containsExactly(numbers(0, 2, 13, 14));
    }

    @Test
    void messagesWithoutGroupGoToAnybody() {
        var first = taker(100);
        var second = taker(100);
        bench.sendGroups("a");
        bench.sendMany(4, 4);
        assertThat(first.numbers).hasSizeBetween(2, 3);
        assertThat(second.numbers).hasSizeBetween(2, 3);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, PLENTY_BYTES})
    void ownerWithoutCreditKeepsNoOtherGroupWaiting(long memoryBytes) {
        bench = new QueueBench(memoryBytes, AddressSettings.NONE);
        var slow = taker(1);
        var quick = taker(1_000);
        bench.sendGroups("a", "b");
        bench.settle();
        for (int i = 0; i < 300; i++) {
            bench.sendGroups("a", "b");
        }
        bench.sendMany(3, 4);
        bench.settle();
        assertThat(slow.numbers).containsExactly(0);
        assertThat(quick.numbers).hasSize(304).contains(602, 603, 604);
        assertThat(slow.take(2)).containsExactly(numbers(2, 4));
        assertThat(slow.take(1_000)).hasSize(298).isSorted();
        slow.consumeAll();
        quick.consumeAll();
        assertThat(bench.statistics().ready()).isZero();
        slow.leave();
        quick.leave();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void whenAConsumerLeavesWhatItHadGoesFirst() {
        var first = taker(2);
        var second = taker(0);
        send("a", 5);
        assertThat(first.numbers).containsExactly(numbers(0, 1));
        first.leave();
        assertThat(second.take(100)).containsExactly(numbers(0, 1, 2, 3, 4));
    }

    @Test
    void whenAConsumerLeavesItsGroupsAreSharedByTheOthers() {
        var first = taker(100);
        bench.sendGroups("a", "b", "c", "d", "a", "b", "c", "d");
        var second = taker(100);
        var third = taker(100);
        first.leave();
        bench.settle();
        assertThat(second.numbers).hasSize(4).isSorted();
        assertThat(third.numbers).hasSize(4).isSorted();
        for (int number : second.numbers) {
            assertThat(second.numbers).contains((number + 4) % 8);
        }
    }

    @Test
    void whenAConsumerComesItGetsGroupsOfOthersAsSoonAsNothingOfThemIsOut() {
        var first = taker(100);
        bench.sendGroups("a", "b", "c", "d");
        var second = taker(100);
        bench.sendGroups("a", "b", "c", "d");
        assertThat(second.numbers).isEmpty();
        // Of two groups what is new waits for what is out; the other two stay.
        assertThat(first.numbers).hasSize(6);
        consume(first);
        bench.settle();
        assertThat(second.numbers).hasSize(2);
        bench.sendGroups("a", "b", "c", "d");
        assertThat(first.numbers).hasSize(8);
        assertThat(second.numbers).hasSize(4);
    }

    @Test
    void aGroupThatIsToMoveWaitsForAllThatIsOut() {
        var first = taker(100);
        bench.sendGroups("a", "a", "b");
        var second = taker(100);
        bench.sendGroups("a");
        assertThat(second.numbers).isEmpty();
        var entry = first.entries.remove(0);
        bench.loop.run(() -> first.door.consume(entry));
        assertThat(second.numbers).isEmpty();
        consume(first);
        assertThat(second.numbers).containsExactly(3);
    }

    @Test
    void whatIsTriedAgainLaterHoldsBackItsGroupAlone() {
        apply(AddressSettings.NONE.with(AddressSetting.RETRY_DELAY, RETRY_MILLIS));
        var taker = taker(1);
        bench.sendGroups("a", "b", "a", "b", "a");
        assertThat(taker.numbers).containsExactly(0);
        fail(taker, 0);
        assertThat(taker.take(10)).containsExactly(numbers(1, 3));
        bench.loop.advance(RETRY_MILLIS);
        bench.settle();
        assertThat(taker.numbers).containsExactly(numbers(1, 3, 0, 2, 4));
    }

    @Test
    void whatIsReleasedComesBeforeTheRestOfItsGroup() {
        var taker = taker(1);
        bench.sendGroups("a", "a", "b", "a");
        giveBack(taker, 0, false);
        assertThat(taker.take(10)).containsExactly(numbers(0, 1, 2, 3));
    }

    @Test
    void whatItsOwnerIsNotToHaveAgainMovesWithItsGroup() {
        var first = taker(1);
        var second = taker(0);
        bench.sendGroups("a", "a");
        giveBack(first, 0, true);
        assertThat(first.take(10)).isEmpty();
        assertThat(second.take(10)).containsExactly(numbers(0, 1));
    }

    /** Its credit was drained before: it keeps its place among the consumers, and has none. */
    @Test
    void whoPollsGetsWhatTheOwnerIsNotToHaveAgain() {
        var first = taker(0);
        var second = taker(0);
        bench.loop.run(() -> second.door.drain(1));
        bench.settle();
        assertThat(second.drained).isEqualTo(1);
        bench.sendGroups("a", "a");
        assertThat(first.take(1)).containsExactly(0);
        giveBack(first, 0, true);
        assertThat(first.take(1)).isEmpty();
        assertThat(second.take(1)).containsExactly(0);
    }

    @Test
    void theLastOfAGroupLetsItGoToAnother() {
        var first = taker(100);
        var second = taker(100);
        bench.sendGroups("a", "b", "c");
        var last = MessageProperties.builder()
                .groupId("a")
                .groupSequence(new UnsignedInteger(-1))
                .build();
        bench.sendOne(4, true, QueueBench.NO_TTL, last, EnqueueReply.NOBODY);
        bench.sendGroups("a");
        assertThat(first.numbers).containsExactly(numbers(0, 2, 3));
        consume(first);
        // The first one has still a group of its own, the second has one too; now it is the second's turn.
        assertThat(first.numbers.size() + second.numbers.size()).isEqualTo(5);
        bench.sendGroups("d");
        assertThat(first.numbers.size() + second.numbers.size()).isEqualTo(6);
        assertThat(second.numbers).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 50_000, PLENTY_BYTES})
    void orderHoldsForALongBacklog(long memoryBytes) {
        bench = new QueueBench(memoryBytes, AddressSettings.NONE);
        for (int i = 0; i < 3_000; i++) {
            bench.sendOne(4, true, QueueBench.NO_TTL, QueueBench.group("g" + i % 7), EnqueueReply.NOBODY);
        }
        bench.loop.run(bench.log::commitAll);
        var takers = List.of(taker(10), taker(10), taker(10));
        var receivedByEach = new int[3];
        var lastOfGroup = new HashMap<Integer, Integer>();
        int received = 0;
        while (received < 3_000) {
            int before = received;
            for (int t = 0; t < 3; t++) {
                var taker = takers.get(t);
                for (int number : taker.numbers) {
                    assertThat(number).isEqualTo(lastOfGroup.getOrDefault(number % 7, number % 7 - 7) + 7);
                    lastOfGroup.put(number % 7, number);
                    received++;
                    receivedByEach[t]++;
                }
                taker.consumeAll();
                taker.take(10);
            }
            assertThat(received).isGreaterThan(before);
        }
        assertThat(receivedByEach).doesNotContain(0);
        takers.forEach(QueueBench.Taker::leave);
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void withinAGroupPriorityCounts() {
        var taker = taker(0);
        for (int priority : new int[] {4, 4, 9, 4}) {
            bench.sendOne(priority, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        }
        bench.settle();
        assertThat(taker.take(10)).containsExactly(numbers(2, 0, 1, 3));
    }

    @Test
    void withoutPrioritiesAGroupGoesInTheOrderOfArrivalAlsoWhenItWasHeldBack() {
        apply(AddressSettings.NONE.with(AddressSetting.PRIORITY_MODE, PriorityMode.NONE));
        var owner = taker(1);
        bench.sendGroups("a");
        taker(100);
        for (int priority : new int[] {4, 0, 9, 4}) {
            bench.sendOne(priority, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        }
        bench.settle();
        consume(owner);
        assertThat(owner.take(10)).containsExactly(numbers(1, 2, 3, 4));
    }

    @Test
    void aGroupIsWithOneConsumerAlsoWhenTheyHaveSelectors() {
        var thirds = selective("third", 1);
        var all = taker(100);
        bench.sendGroups("a", "a", "a", "a", "b");
        assertThat(thirds.numbers).containsExactly(0);
        assertThat(all.numbers).containsExactly(4);
        consume(thirds);
        bench.settle();
        assertThat(all.numbers).containsExactly(numbers(4, 1, 2, 3));
    }

    @Test
    void whatNobodyWantsHoldsNothingBack() {
        var thirds = selective("third", 100);
        bench.sendGroups("a", "a", "a", "a", "a", "a", "a");
        assertThat(thirds.numbers).containsExactly(numbers(0, 3, 6));
    }

    @Test
    void browsersSeeWhatIsHeldBack() {
        taker(1);
        bench.sendGroups("a", "a", "a");
        assertThat(bench.new Taker(new Interest(null, true), 10).numbers).containsExactly(numbers(1, 2));
    }

    @Test
    void whatIsSettledInAnOpenTransactionIsStillOut() {
        var transaction = new OneBranch();
        var first = taker(1);
        bench.sendGroups("a", "a");
        var entry = first.entries.remove(0);
        bench.loop.run(() -> first.door.retire(
                entry, transaction, new Outcome.Accepted(), new Outcome.Accepted(), new RetirementReply() {
                    @Override
                    public void onRetired() {}

                    @Override
                    public void onNotHeld() {}
                }));
        var second = taker(10);
        first.leave();
        bench.settle();
        assertThat(second.numbers).isEmpty();
        bench.loop.run(() -> transaction.branch.commit(new UUID(1, 2), List.of(), false, isKept -> {}));
        bench.settle();
        assertThat(second.numbers).containsExactly(1);
    }

    private final class OneBranch implements QueueTransaction {
        final ShardBranch branch = new ShardBranch(bench.log, bench.loop);

        @Override
        public ShardBranch branch(QueueLog log, EventLoop owner) {
            return branch;
        }
    }

    @Test
    void whoStandsByLosesItsGroups() {
        var first = taker(100);
        var second = taker(100);
        bench.sendGroups("a", "b");
        apply(AddressSettings.NONE.with(AddressSetting.EXCLUSIVE_CONSUMER, true));
        bench.sendGroups("a", "b");
        assertThat(first.numbers).containsExactly(numbers(0, 2));
        consume(second);
        bench.settle();
        assertThat(first.numbers).containsExactly(numbers(0, 2, 3));
    }

    @Test
    void aNewGroupGoesToTheHighestPriorityAndStaysThere() {
        var low = bench.new Taker(Interest.ALL, 100);
        var high = bench.new Taker(Interest.ALL.withPriority(1), 1);
        bench.sendGroups("a", "a", "b");
        assertThat(high.numbers).containsExactly(0);
        assertThat(low.numbers).containsExactly(2);
        assertThat(high.take(100)).containsExactly(1);
        bench.sendGroups("b");
        assertThat(low.numbers).containsExactly(numbers(2, 3));
    }

    @Test
    void agedMessagesThatAreHeldBackAreGivenOutInTheMidstOfUrgentOnes() {
        var owner = taker(1);
        bench.sendOne(0, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.settle();
        taker(100);
        bench.sendOne(0, true, QueueBench.NO_TTL, QueueBench.group("a"), EnqueueReply.NOBODY);
        bench.settle();
        consume(owner);
        bench.loop.advance(11_000);
        for (int i = 0; i < 200; i++) {
            bench.sendOne(9, true, QueueBench.NO_TTL, EnqueueReply.NOBODY);
        }
        bench.settle();
        assertThat(owner.take(4)).contains(1);
    }

    @Test
    void groupsOfConsumersThatShareAreAboutAsMany() {
        var takers = List.of(taker(1_000), taker(1_000), taker(1_000), taker(1_000));
        for (int i = 0; i < 40; i++) {
            bench.sendGroups("g" + i);
        }
        takers.forEach(taker -> assertThat(taker.numbers).hasSize(10));
    }
}
