package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.PriorityTest.between;
import static dev.godwit.broker.queue.QueueBench.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.queue.QueueBench.Taker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long messages of low priority wait for those of high priority, where waiting makes them urgent. */
class AgedPrioritiesTest {
    private static final long IN_MEMORY = 100_000_000;
    private static final long ON_DISK = 0;
    private static final long MAX_WAIT_MILLIS = PriorityTest.MAX_WAIT_MILLIS;
    private static final AddressSettings AGED = PriorityTest.rules(PriorityMode.AGED);

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void agedGivesTheHighestFirstAndNeverLetsTheLowestWaitForLonger(long bytes) {
        var bench = new QueueBench(bytes, AGED);
        var taker = bench.new Taker(Interest.ALL, 0);
        bench.send(0);
        bench.sendMany(1_000, 9);
        assertThat(taker.take(100)).isEqualTo(numbers(1, 101));
        bench.loop.advance(MAX_WAIT_MILLIS - 1);
        assertThat(taker.take(100)).doesNotContain(0);
        bench.loop.advance(1);
        assertThat(taker.take(2)).contains(0);
        assertThat(taker.take(100)).isEqualTo(numbers(202, 302));
    }

    /** Consumers are always behind: of what has priority 9 alone there comes more than they take. */
    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void underAFloodOfHighPriorityALowOneWaitsNoLongerThanTheLimit(long bytes) {
        var flood = new Flood(bytes, AGED);
        flood.run(60_000, 20, 22);
        System.out.printf(
                "flood of priority 9, 1 %% of priority 0, max-wait %d ms, %s: %d low ones, longest wait %d ms; of 9: %d ms%n",
                MAX_WAIT_MILLIS,
                bytes == ON_DISK ? "on the disk" : "in memory",
                flood.given.getOrDefault(0, 0),
                flood.longestWait(0),
                flood.longestWait(9));
        assertThat(flood.given.get(0)).isGreaterThan(500);
        assertThat(flood.longestWait(0)).isLessThanOrEqualTo(MAX_WAIT_MILLIS * 12 / 10);
    }

    @Test
    void theSameFloodStarvesTheLowOneWithStrictPriority() {
        var flood = new Flood(IN_MEMORY, PriorityTest.rules(PriorityMode.STRICT));
        flood.run(60_000, 20, 22);
        assertThat(flood.given).doesNotContainKey(0);
    }

    @Test
    void whenAllHaveWaitedTooLongTheHighestKeepHalfAndTheOthersShareTheRest() {
        var bench = new QueueBench(IN_MEMORY, AGED);
        var taker = bench.new Taker(Interest.ALL, 0);
        bench.sendMany(1_000, 2);
        bench.sendMany(1_000, 5);
        bench.sendMany(1_000, 8);
        bench.loop.advance(MAX_WAIT_MILLIS);
        var given = taker.take(400);
        assertThat(between(given, 2_000, 3_000)).isEqualTo(numbers(2_000, 2_200));
        assertThat(between(given, 1_000, 2_000)).isEqualTo(numbers(1_000, 1_100));
        assertThat(between(given, 0, 1_000)).isEqualTo(numbers(0, 100));
    }

    @Test
    void whoComesToAnOldBacklogFindsItInOrderOfPriority() {
        var bench = new QueueBench(ON_DISK, AGED);
        bench.sendMany(100, 0);
        bench.sendMany(100, 9);
        bench.loop.advance(3_600_000);
        var taker = bench.new Taker(Interest.ALL, 200);
        assertThat(between(taker.numbers.subList(0, 100), 100, 200)).isEqualTo(numbers(100, 200));
        taker.leave();
        bench.loop.advance(WaitingTime.PAUSE_MILLIS_MIN);
        var next = bench.new Taker(Interest.ALL, 100);
        assertThat(next.numbers).isEqualTo(numbers(100, 200));
    }

    /** As a receive that opens a consumer each time: nobody would ever have waited. */
    @Test
    void consumersThatComeForOneMessageEachStarveNobodyEither() {
        var bench = new QueueBench(IN_MEMORY, AGED);
        bench.send(0);
        bench.sendMany(1_000, 9);
        var given = new ArrayList<Integer>();
        for (int i = 0; i < 30; i++) {
            var taker = bench.new Taker(Interest.ALL, 1);
            given.addAll(taker.numbers);
            taker.consumeAll();
            taker.leave();
            bench.loop.advance(1_000);
        }
        assertThat(given.indexOf(0)).isBetween(10, 12);
    }

    @Test
    void aClockThatIsSetBackMakesNobodyWaitForIt() {
        var bench = new QueueBench(IN_MEMORY, AGED);
        var taker = bench.new Taker(Interest.ALL, 0);
        long nowMillis = bench.loop.nowMillis();
        var ahead = QueueBench.message(77, 0, false, QueueBench.NO_TTL, nowMillis + 3_600_000);
        bench.loop.run(() -> bench.queue.enqueue(new QueueEntry(bench.queue, ahead, EnqueueReply.NOBODY)));
        bench.sendMany(100, 9);
        bench.loop.advance(MAX_WAIT_MILLIS);
        assertThat(taker.take(2)).contains(77);
    }

    /** It waits anew: else it would take every second turn from then on. */
    @Test
    void whatComesBackAgainAndAgainDoesNotHoldUpTheHigherOnes() {
        var bench = new QueueBench(IN_MEMORY, AGED);
        var taker = bench.new Taker(Interest.ALL, 0);
        bench.send(0);
        bench.sendMany(100, 9);
        bench.loop.advance(MAX_WAIT_MILLIS);
        assertThat(taker.take(2)).contains(0);
        taker.giveBack(taker.numbers.indexOf(0));
        assertThat(taker.take(50)).doesNotContain(0);
        bench.loop.advance(MAX_WAIT_MILLIS);
        assertThat(taker.take(2)).contains(0);
    }

    /** Priority 9 without end, every hundredth message priority 0, and a consumer that settles at once. */
    private static final class Flood {
        private final QueueBench bench;
        private final Map<Integer, Long> sentMillis = new HashMap<>();
        private final Map<Integer, Integer> priorities = new HashMap<>();
        private final Map<Integer, Long> longestWaits = new HashMap<>();
        final Map<Integer, Integer> given = new HashMap<>();
        private final Taker taker;
        private int sent;

        Flood(long bytes, AddressSettings rules) {
            bench = new QueueBench(bytes, rules);
            taker = bench.new Taker(Interest.ALL, 0) {
                @Override
                void onNumber(int number, QueueEntry entry) {
                    onGiven(number);
                }
            };
        }

        /** @param taken in a turn of 20 ms, of so many sent */
        void run(long millis, int taken, int sentInATurn) {
            for (long end = bench.loop.nowMillis() + millis; bench.loop.nowMillis() < end; ) {
                for (int i = 0; i < sentInATurn; i++) {
                    int priority = ++sent % 100 == 0 ? 0 : 9;
                    sentMillis.put(sent - 1, bench.loop.nowMillis());
                    priorities.put(sent - 1, priority);
                    bench.sendOne(priority, sent % 2 == 0, EnqueueReply.NOBODY);
                }
                bench.settle();
                taker.take(taken);
                taker.consumeAll();
                bench.loop.advance(20);
            }
        }

        private void onGiven(int number) {
            int priority = priorities.getOrDefault(number, -1);
            given.merge(priority, 1, Integer::sum);
            longestWaits.merge(priority, bench.loop.nowMillis() - sentMillis.getOrDefault(number, 0L), Math::max);
        }

        long longestWait(int priority) {
            return longestWaits.getOrDefault(priority, 0L);
        }
    }
}
