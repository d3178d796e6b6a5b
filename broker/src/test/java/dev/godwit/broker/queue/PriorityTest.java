package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.QueueBench.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.queue.QueueBench.Taker;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In which order a queue gives out messages of different priorities, in each mode, in memory and on the disk. */
class PriorityTest {
    private static final long IN_MEMORY = 100_000_000;
    private static final long ON_DISK = 0;
    static final long MAX_WAIT_MILLIS = 10_000;

    static AddressSettings rules(PriorityMode mode) {
        return AddressSettings.NONE
                .with(AddressSetting.PRIORITY_MODE, mode)
                .with(AddressSetting.PRIORITY_MAX_WAIT, MAX_WAIT_MILLIS);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    @Spec("3.2.1")
    void strictGivesTheHighestFirstAndThoseOfOnePriorityInTurn(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.STRICT));
        bench.send(4, 0, 9, 4, 9, 0, 7, 200);
        var taker = bench.new Taker(Interest.ALL, 3);
        assertThat(taker.numbers).containsExactly(2, 4, 7);
        bench.send(5, 9);
        assertThat(taker.take(100)).containsExactly(9, 6, 8, 0, 3, 1, 5);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void noneGivesAllInTheOrderInWhichTheyCameWhateverTheirPriorities(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.NONE));
        for (int i = 0; i < 500; i++) {
            // Those that are not durable have no place in the journal that would tell their order.
            bench.sendOne(i * 7 % 10, i % 50 == 0 || i % 3 > 0, EnqueueReply.NOBODY);
        }
        bench.loop.run(bench.log::commitAll);
        var taker = bench.new Taker(Interest.ALL, 200);
        assertThat(taker.numbers).isEqualTo(numbers(0, 200));
        taker.giveBack(150);
        taker.giveBack(20);
        assertThat(taker.take(3)).containsExactly(20, 150, 200);
        assertThat(taker.take(1_000)).isEqualTo(numbers(201, 500));
    }

    /** Each of these times is right to an eighth. */
    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void countsHowLongMessagesOfEachPriorityWaited(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.STRICT));
        assertThat(bench.statistics().waits()).isEmpty();
        bench.sendMany(99, 9);
        bench.send(0);
        bench.loop.advance(1_000);
        bench.sendMany(1, 9);
        var taker = bench.new Taker(Interest.ALL, 0);
        taker.take(100);
        bench.loop.advance(4_000);
        taker.take(1);

        var waits = bench.statistics().waits();

        assertThat(waits).extracting(WaitStatistics::priority).containsExactly(9, 0);
        assertThat(waits).extracting(WaitStatistics::messages).containsExactly(100L, 1L);
        assertThat(waits.get(0).p50Millis()).isBetween(950L, 1_100L);
        assertThat(waits.get(0).maxMillis()).isBetween(950L, 1_100L);
        assertThat(waits.get(1).p50Millis()).isBetween(4_700L, 5_500L);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void weightedGivesEachPriorityItsShareAndThoseOfOnePriorityInTurn(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.WEIGHTED));
        bench.sendMany(1_000, 9);
        bench.sendMany(1_000, 4);
        bench.sendMany(1_000, 0);
        var taker = bench.new Taker(Interest.ALL, 0);
        var given = taker.take(1_600);
        assertThat(between(given, 0, 1_000)).isEqualTo(numbers(0, 1_000));
        assertThat(between(given, 1_000, 2_000)).isEqualTo(numbers(1_000, 1_500));
        assertThat(between(given, 2_000, 3_000)).isEqualTo(numbers(2_000, 2_100));
        assertThat(taker.take(600).stream().filter(n -> n >= 2_000)).hasSize(100);
        assertThat(taker.take(10_000)).isEqualTo(numbers(2_200, 3_000));
    }

    @Test
    void weightsAreSetByTheUserAndTurnsAreSpreadEvenly() {
        var weights = List.of(1L, 1L, 1L, 1L, 2L, 1L, 1L, 1L, 1L, 2L);
        var bench =
                new QueueBench(IN_MEMORY, rules(PriorityMode.WEIGHTED).with(AddressSetting.PRIORITY_WEIGHTS, weights));
        bench.sendMany(100, 9);
        bench.sendMany(100, 4);
        bench.sendMany(100, 1);
        var taker = bench.new Taker(Interest.ALL, 10);
        assertThat(taker.numbers).containsExactly(0, 100, 200, 1, 101, 2, 102, 201, 3, 103);
    }

    @Test
    void whoHadNothingToGiveSavesNoTurnsUp() {
        var bench = new QueueBench(IN_MEMORY, rules(PriorityMode.WEIGHTED));
        bench.sendMany(1_000, 0);
        bench.send(9);
        var taker = bench.new Taker(Interest.ALL, 0);
        taker.take(500);
        bench.sendMany(100, 9);
        var given = taker.take(22);
        assertThat(given.stream().filter(n -> n < 1_000)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void whatComesBackStandsBeforeFreshOnesOfItsPriorityOnly(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.AGED));
        bench.sendMany(100, 1);
        var taker = bench.new Taker(Interest.ALL, 20);
        bench.sendMany(10, 6);
        taker.giveBack(7);
        taker.giveBack(3);
        bench.sendMany(6, 6);
        assertThat(taker.take(16)).isEqualTo(numbers(100, 116));
        assertThat(taker.take(4)).containsExactly(3, 7, 20, 21);
    }

    /** As much is read ahead for a backlog of one priority as if there never had been another one. */
    @ParameterizedTest
    @EnumSource(PriorityMode.class)
    void prioritiesThatAreNoLongerThereDoNotShareWhatIsReadAhead(PriorityMode mode) {
        assertThat(readAhead(mode, 5, 6, 7, 8, 9)).isGreaterThan(readAhead(mode) / 2);
    }

    /** How much more is read than given, after others that were given. */
    private static long readAhead(PriorityMode mode, int... before) {
        var bench = new QueueBench(IN_MEMORY, rules(mode));
        bench.send(before);
        bench.sendMany(30_000, 4);
        bench.restart(rules(mode));
        var taker = bench.new Taker(Interest.ALL, before.length);
        for (int i = 0; i < 100; i++) {
            assertThat(taker.take(100)).hasSize(100);
        }
        assertThat(taker.entries).hasSize(before.length + 10_000);
        return (long) bench.log.messagesRead - taker.entries.size();
    }

    @ParameterizedTest
    @EnumSource(PriorityMode.class)
    void aPriorityThatWasAwayTakesPartAgainAlsoByWhatComesBack(PriorityMode mode) {
        var bench = new QueueBench(IN_MEMORY, rules(mode));
        bench.send(9, 0);
        var taker = bench.new Taker(Interest.ALL, 2);
        bench.send(4, 4, 4);
        var other = bench.new Taker(Interest.ALL, 1);
        assertThat(other.numbers).containsExactly(2);
        taker.leave();
        assertThat(other.take(1)).containsExactly(0);
        assertThat(other.take(10)).containsExactlyInAnyOrder(1, 3, 4);
        bench.send(0, 9);
        bench.settle();
        assertThat(other.numbers).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aChangeOfModeAppliesToWhatIsThere(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.NONE));
        bench.send(0, 9, 4, 0, 9, 4, 0, 9, 4, 0, 9, 4);
        var taker = bench.new Taker(Interest.ALL, 2);
        assertThat(taker.numbers).containsExactly(0, 1);
        bench.loop.run(() -> bench.queue.apply(rules(PriorityMode.STRICT)));
        assertThat(taker.take(2)).containsExactly(4, 7);
        taker.giveBack(0);
        bench.loop.run(() -> bench.queue.apply(rules(PriorityMode.NONE)));
        assertThat(taker.take(3)).containsExactly(0, 2, 3);
        bench.loop.run(() -> bench.queue.apply(rules(PriorityMode.STRICT)));
        assertThat(taker.take(100)).containsExactly(10, 5, 8, 11, 6, 9);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aSelectionFindsAHigherOneThatCameLater(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.STRICT));
        bench.sendMany(100, 4);
        var thirds = bench.new Taker(new Interest(QueueBench.selector("third"), false), 10);
        assertThat(thirds.numbers).endsWith(24, 27);
        bench.send(9, 9, 9, 0, 0, 0);
        assertThat(thirds.take(3)).containsExactly(102, 30, 33);
        assertThat(thirds.take(100)).hasSize(23).startsWith(36).endsWith(99, 105);
        var rest = bench.new Taker(Interest.ALL, 100);
        assertThat(rest.numbers).hasSize(70).startsWith(100, 101, 1, 2).endsWith(103, 104);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aSelectionStarvesNobodyEither(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.AGED));
        var thirds = bench.new Taker(new Interest(QueueBench.selector("third"), false), 0);
        bench.send(0, 0, 0, 0, 0, 0);
        bench.sendMany(600, 9);
        assertThat(thirds.take(10)).doesNotContain(0, 3);
        bench.loop.advance(MAX_WAIT_MILLIS);
        assertThat(thirds.take(4)).contains(0, 3);
        assertThat(thirds.take(1_000)).hasSize(202 - 14).isSorted();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aSelectionGivesEachPriorityItsShare(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.WEIGHTED));
        var thirds = bench.new Taker(new Interest(QueueBench.selector("third"), false), 0);
        bench.sendMany(999, 9);
        bench.sendMany(999, 1);
        bench.settle();
        thirds.take(1);
        long low = thirds.take(120).stream().filter(n -> n >= 999).count();
        // What has to be read first does not hold up the others, and misses turns.
        assertThat(low).isBetween(bytes == ON_DISK ? 5L : 19L, bytes == ON_DISK ? 60L : 21L);
        assertThat(thirds.take(1_000)).hasSize(666 - 121);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aBrowserSeesTheHighestFirstAndEachOnceAlsoTheHigherOnesThatComeLater(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.AGED));
        bench.send(4, 0, 9, 4, 9, 0);
        bench.loop.advance(2 * MAX_WAIT_MILLIS);
        var browser = bench.new Taker(new Interest(null, true), 4);
        assertThat(browser.numbers).containsExactly(2, 4, 0, 3);
        bench.send(9, 4, 0);
        assertThat(browser.take(100)).containsExactly(6, 7, 1, 5, 8);
        assertThat(browser.take(100)).isEmpty();
        var taker = bench.new Taker(Interest.ALL, 1);
        taker.giveBack(0);
        bench.settle();
        assertThat(browser.numbers).isEmpty();
    }

    @Test
    void aBrowserOfAQueueWithoutPrioritiesSeesWhatCameFirst() {
        var bench = new QueueBench(ON_DISK, rules(PriorityMode.NONE));
        bench.send(4, 0, 9, 4, 9, 0);
        assertThat(bench.new Taker(new Interest(null, true), 100).numbers).isEqualTo(numbers(0, 6));
    }

    @ParameterizedTest
    @EnumSource(PriorityMode.class)
    void afterARestartPrioritiesAreAsBefore(PriorityMode mode) {
        var bench = new QueueBench(IN_MEMORY, rules(mode));
        bench.send(0, 9, 4, 0, 9, 4);
        bench.new Taker(Interest.ALL, 3);
        bench.sendOne(9, false, EnqueueReply.NOBODY);
        bench.sendOne(9, true, EnqueueReply.NOBODY);
        bench.restart(rules(mode));
        bench.sendOne(9, false, EnqueueReply.NOBODY);
        bench.send(0, 9, 4);
        var given = bench.new Taker(Interest.ALL, 100).numbers;
        switch (mode) {
            case NONE -> assertThat(given).containsExactly(0, 1, 2, 3, 4, 5, 8, 9, 10, 11);
            case STRICT, AGED -> assertThat(given).containsExactly(1, 4, 8, 10, 2, 5, 11, 0, 3, 9);
            case WEIGHTED ->
                assertThat(given)
                        .hasSize(10)
                        .startsWith(1)
                        .containsSubsequence(1, 4, 8, 10)
                        .containsSubsequence(2, 5, 11)
                        .containsSubsequence(0, 3, 9);
        }
    }

    @Test
    void aMessageOfWhichTheJournalKnowsNoPriorityHasTheUsualOne() {
        var bench = new QueueBench(IN_MEMORY, rules(PriorityMode.STRICT));
        bench.sendMany(3, 5);
        bench.restart(rules(PriorityMode.STRICT));
        var stored = new StoredMessages();
        stored.add(1, 0, QueueEntry.NEVER_EXPIRES, 0);
        assertThat(stored.references(Lane.numberOf(4))).isNotNull();
        assertThat(stored.references(Lane.numberOf(0))).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void messagesExpireInWhateverPlaceTheyStand(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.AGED));
        for (int i = 0; i < 100; i++) {
            bench.sendOne(i % 10, true, i % 4 == 0 ? 1_000 : QueueBench.NO_TTL, EnqueueReply.NOBODY);
        }
        bench.settle();
        bench.loop.advance(5_000);
        assertThat(bench.statistics().expired()).isEqualTo(25);
        var taker = bench.new Taker(Interest.ALL, 100);
        assertThat(taker.numbers).hasSize(75).startsWith(9, 19).noneMatch(n -> n % 4 == 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aPurgeTakesAllThatWasThereOfWhateverPriority(long bytes) {
        var bench = new QueueBench(bytes, rules(PriorityMode.AGED));
        for (int i = 0; i < 100; i++) {
            bench.send(i % 10);
        }
        var taker = bench.new Taker(Interest.ALL, 10);
        taker.giveBack(3);
        taker.giveBack(2);
        var purged = new ArrayList<Long>();
        bench.loop.run(() -> bench.queue.purge(purged::add));
        bench.settle();
        assertThat(purged).containsExactly(92L);
        bench.send(7);
        assertThat(taker.take(100)).containsExactly(100);
        taker.consumeAll();
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void aDeletedQueueRemovesAllPriorities() {
        var bench = new QueueBench(ON_DISK, rules(PriorityMode.AGED));
        for (int i = 0; i < 100; i++) {
            bench.send(i % 10);
        }
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.memory.bytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(PriorityMode.class)
    void whereThereIsTooMuchTheOldestOfTheLowestPriorityMakesRoom(PriorityMode mode) {
        var bench = new QueueBench(IN_MEMORY, rules(mode));
        var room = new SharedRoom(1_000_000);
        bench.loop.run(() -> bench.queue.holdAtMost(new HoldingLimits(5_000, 1_000_000, room, room, false)));
        for (int i = 0; i < 30; i++) {
            bench.sendOne(i < 3 ? 9 : 4, false, EnqueueReply.NOBODY);
        }
        var given = bench.new Taker(Interest.ALL, 100).numbers;
        assertThat(bench.statistics().dropped()).isEqualTo(30L - given.size()).isPositive();
        assertThat(given).contains(29);
        if (mode == PriorityMode.NONE) {
            assertThat(given).isEqualTo(numbers(30 - given.size(), 30));
        } else {
            assertThat(given).contains(0, 1, 2, 28).doesNotContain(3, 4);
        }
    }

    /** Ten lanes hold no more in memory than one would. */
    @Test
    void prioritiesShareTheMemoryOfTheirQueue() {
        long one = heldOfABacklog(1);
        long ten = heldOfABacklog(10);
        System.out.printf("held of a backlog of one priority: %d bytes, of ten: %d bytes%n", one, ten);
        assertThat(ten).isLessThanOrEqualTo(one * 5 / 4);
    }

    private static long heldOfABacklog(int priorities) {
        var bench = new QueueBench(8_000_000, rules(PriorityMode.AGED));
        var taker = bench.new Taker(Interest.ALL, 0);
        for (int i = 0; i < 20_000; i++) {
            bench.sendOne(i % priorities, true, EnqueueReply.NOBODY);
        }
        bench.settle();
        long before = bench.memory.bytes();
        for (int i = 0; i < 20; i++) {
            taker.take(200);
            taker.consumeAll();
            bench.settle();
        }
        return Math.max(before, bench.memory.bytes());
    }

    static List<Integer> between(List<Integer> numbers, int from, int to) {
        return numbers.stream().filter(n -> n >= from && n < to).toList();
    }
}
