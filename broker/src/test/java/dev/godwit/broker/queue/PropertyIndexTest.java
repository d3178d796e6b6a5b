package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.filter.CodeCondition;
import dev.godwit.broker.filter.IndexedProperties;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers whose selectors ask for indexed properties, at long queues in memory and on the disk: what is looked at, and what is read. */
class PropertyIndexTest {
    private static final long IN_MEMORY = 1L << 30;
    private static final long ON_DISK = 0;
    private static final int MANY = 20_000;
    private static final AddressSettings INDEXED =
            AddressSettings.NONE.with(AddressSetting.INDEXED_PROPERTIES, List.of("n", "stock"));

    private QueueBench bench = new QueueBench(ON_DISK, INDEXED);

    /** What a selector wants, and how often it was asked. */
    private static final class Counting implements MessageFilter {
        private final MessageFilter counted;
        int looks;

        Counting(String selector) {
            this.counted = QueueBench.selector(selector);
        }

        @Override
        public boolean matches(Message message) {
            return matches(message, 0, null);
        }

        @Override
        public boolean matches(Message message, int deliveryCount, @Nullable AddedAnnotations added) {
            looks++;
            return counted.matches(message, deliveryCount, added);
        }

        @Override
        public @Nullable CodeCondition codes(IndexedProperties properties) {
            return counted.codes(properties);
        }
    }

    private static Interest interest(MessageFilter filter) {
        return new Interest(filter, false);
    }

    private static Interest wanting(String selector) {
        return interest(QueueBench.selector(selector));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n = 19999",
                "n IN (19999, 30000, -1)",
                "n BETWEEN 19999 AND 19999.5",
                "n > 19998 AND third = FALSE",
                "stock IS NOT NULL AND n >= 19999",
                "n = 19999 OR n = 77777"
            })
    void oneAtTheEndOfABacklogOnTheDiskIsReadAlone(String selector) {
        bench.sendMany(MANY, 4);
        var counting = new Counting(selector);
        var taker = bench.new Taker(interest(counting), 10);
        assertThat(taker.numbers).containsExactly(MANY - 1);
        assertThat(counting.looks).isOne();
        assertThat(bench.log.messagesRead).isOne();
    }

    @Test
    void oneAtTheEndOfABacklogInMemoryIsLookedAtAlone() {
        bench = new QueueBench(IN_MEMORY, INDEXED);
        bench.sendMany(MANY, 4);
        var counting = new Counting("n = 19999");
        var taker = bench.new Taker(interest(counting), 10);
        assertThat(taker.numbers).containsExactly(MANY - 1);
        assertThat(counting.looks).isOne();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void whatComesIsLookedAtOnlyByThoseWhoMayWantIt(long memory) {
        bench = new QueueBench(memory, INDEXED);
        var counting = new Counting("stock = 7");
        var taker = bench.new Taker(interest(counting), 100);
        for (int i = 0; i < 530; i++) {
            bench.sendMany(1, 4);
        }
        bench.settle();
        assertThat(taker.numbers).hasSize(7).allMatch(n -> n % 53 == 7).isSorted();
        assertThat(counting.looks).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void candidatesOfAllPrioritiesAreGivenInTheirOrderAndTheRestStays(long memory) {
        bench = new QueueBench(memory, INDEXED.with(AddressSetting.PRIORITY_MODE, PriorityMode.STRICT));
        for (int i = 0; i < 500; i++) {
            bench.send(1, 9, 4, 4);
        }
        var taker = bench.new Taker(wanting("n IN (8, 9, 10, 1500, 1501, 1502, 1503) AND stock IS NOT NULL"), 10);
        // Of each four the second has priority 9 and the first priority 1; multiples of 4 have no stock.
        assertThat(taker.numbers).containsExactly(9, 1501, 10, 1502, 1503);
        assertThat(bench.statistics().ready()).isEqualTo(2_000 - 5);
        var rest = bench.new Taker(Interest.ALL, 5_000);
        assertThat(rest.numbers).hasSize(2_000 - 5).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aHeadThatNobodyWithASelectorWantsIsGivenToOthersMeanwhile(long memory) {
        bench = new QueueBench(memory, INDEXED);
        bench.sendMany(3_000, 4);
        var none = bench.new Taker(wanting("n = -1"), 10);
        var all = bench.new Taker(Interest.ALL, 1_000);
        assertThat(none.numbers).isEmpty();
        assertThat(all.numbers).hasSize(1_000).isSorted();
        all.consumeAll();
        bench.send(4);
        assertThat(all.take(5_000)).hasSize(2_001);
    }

    @Test
    void afterAStartItIsFoundOutWhatIsThereAndThenNothingElseIsRead() {
        bench.sendMany(MANY, 4);
        bench.restart(INDEXED);
        bench.settle();
        assertThat(bench.log.messagesRead).isEqualTo(MANY);
        var taker = bench.new Taker(wanting("n = 19999"), 10);
        assertThat(taker.numbers).containsExactly(MANY - 1);
        assertThat(bench.log.messagesRead).isEqualTo(MANY + 1);
    }

    @Test
    void whatIsNotKnownYetIsLookedAt() {
        bench.sendMany(500, 4);
        bench.restart(INDEXED);
        var taker = new QueueBench.Taker[1];
        // The disk has answered nothing.
        bench.loop.run(() -> {});
        taker[0] = bench.new Taker(wanting("n = 499 OR stock = 5"), 100);
        assertThat(taker[0].numbers).hasSize(9).contains(5, 58, 499).isSorted();
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void namesThatAreSetLaterHoldForWhatIsThere(long memory) {
        bench = new QueueBench(memory, AddressSettings.NONE);
        bench.sendMany(3_000, 4);
        var first = new Counting("n = 2000");
        var early = bench.new Taker(interest(first), 1);
        assertThat(early.numbers).containsExactly(2_000);
        bench.loop.run(() -> bench.queue.apply(INDEXED));
        bench.settle();
        int read = bench.log.messagesRead;
        var counting = new Counting("n = 2999");
        var taker = bench.new Taker(interest(counting), 1);
        assertThat(taker.numbers).containsExactly(2_999);
        assertThat(counting.looks).isOne();
        assertThat(bench.log.messagesRead - read).isLessThanOrEqualTo(1);

        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE));
        bench.sendMany(10, 4);
        var late = bench.new Taker(wanting("n = 3005"), 1);
        assertThat(late.numbers).containsExactly(3_005);
    }

    @Test
    void aCursorOnItsWayGoesOnByOtherNamesWhenTheyChange() {
        bench.sendMany(5_000, 4);
        var taker = bench.new Taker(wanting("stock = 3 AND n > 100"), 2);
        assertThat(taker.numbers).containsExactly(109, 162);
        bench.loop.run(() ->
                bench.queue.apply(AddressSettings.NONE.with(AddressSetting.INDEXED_PROPERTIES, List.of("third"))));
        assertThat(taker.take(2)).containsExactly(215, 321);
        bench.loop.run(() -> bench.queue.apply(INDEXED));
        assertThat(taker.take(2)).containsExactly(374, 427);
    }

    @Test
    void aBrowserFindsByTheIndexToo() {
        bench.sendMany(MANY, 4);
        var browser = bench.new Taker(new Interest(QueueBench.selector("n = 19998"), true), 10);
        assertThat(browser.numbers).containsExactly(MANY - 2);
        assertThat(bench.log.messagesRead).isOne();
        assertThat(bench.statistics().ready()).isEqualTo(MANY);
    }

    @Test
    void whatComesBackIsFoundAgain() {
        bench.sendMany(2_000, 4);
        var one = bench.new Taker(wanting("n = 1500"), 1);
        one.giveBack(0);
        one.leave();
        var other = bench.new Taker(wanting("n IN (1500, 1600)"), 2);
        assertThat(other.numbers).containsExactly(1_500, 1_600);
    }

    @Test
    void aDrainEndsWhenAllThatMayBeWantedWasLookedAt() {
        bench.sendMany(MANY, 4);
        var taker = bench.new Taker(wanting("n = 19999"), 0);
        bench.loop.run(() -> taker.door.drain(10));
        bench.settle();
        assertThat(taker.numbers).containsExactly(MANY - 1);
        assertThat(taker.drained).isOne();
    }

    @Test
    void takesSixteenBytesForTwoNamesAndGivesThemBack() {
        bench.sendMany(MANY, 4);
        assertThat(bench.memory.bytes()).isEqualTo(MANY * (MessageMemory.REFERENCE_BYTES + 16));
        var all = bench.new Taker(Interest.ALL, 2 * MANY);
        all.consumeAll();
        all.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
        bench.sendMany(3_000, 4);
        bench.loop.run(() -> bench.queue.purge(count -> {}));
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
        bench.sendMany(3_000, 4);
        bench.loop.run(() -> bench.queue.delete());
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void findsWhatWaitedForItsNextAttempt() {
        bench.sendMany(100, 4);
        bench.restart(INDEXED, Map.of(50L, bench.loop.nowMillis() + 1_000));
        bench.settle();
        var taker = bench.new Taker(wanting("n = 49"), 1);
        assertThat(taker.numbers).isEmpty();
        bench.loop.advance(2_000);
        bench.settle();
        assertThat(taker.numbers).containsExactly(49);
    }

    @Test
    void damagedMessagesAreSetAsideWhenItIsFoundOutWhatTheySay() {
        bench.sendMany(100, 4);
        bench.log.damaged.add(51L);
        bench.restart(INDEXED);
        bench.settle();
        assertThat(bench.statistics().damaged()).isOne();
        var taker = bench.new Taker(wanting("n BETWEEN 48 AND 52"), 10);
        assertThat(taker.numbers).containsExactly(48, 49, 51, 52);
    }

    /** Turned by hand: each look takes 50 microseconds, and what another queue has to do waits for the turn to end. */
    @Test
    void withoutAnIndexOtherWorkWaitsNoLongerThanFiveMilliseconds() {
        var loop = new ManualEventLoop();
        var nanos = new AtomicLong(1);
        var clock = new Clock() {
            @Override
            public long nanoTime() {
                return nanos.get();
            }

            @Override
            public long nowMillis() {
                return loop.nowMillis();
            }
        };
        var log = new ManualLog();
        var queue = new MessageQueue(
                new QueueName(7, "orders", true),
                loop,
                clock,
                log,
                new NoDeadLetters(),
                new QueueLimits(0, new MessageMemory(IN_MEMORY)));
        for (int n = 0; n < 5_000; n++) {
            var message = QueueBench.message(n, 4, true, QueueBench.NO_TTL, loop.nowMillis());
            loop.run(() -> queue.enqueue(new QueueEntry(queue, message, EnqueueReply.NOBODY)));
        }
        loop.run(log::commitAll);
        var slow = new MessageFilter() {
            int looks;

            @Override
            public boolean matches(Message message) {
                looks++;
                nanos.addAndGet(50_000);
                return false;
            }
        };
        var others = new Object() {
            long lastNanos = nanos.get();
            long longestNanos;
            int turns;

            void turn() {
                longestNanos = Math.max(longestNanos, nanos.get() - lastNanos);
                lastNanos = nanos.get();
                if (slow.looks < 5_000) {
                    turns++;
                    loop.execute(this::turn);
                }
            }
        };
        loop.run(() -> {
            var door = new QueueDoor(queue).openConsumer(loop, new Silent(), interest(slow));
            door.setLimit(1);
            others.turn();
        });
        assertThat(slow.looks).isEqualTo(5_000);
        assertThat(others.turns).isGreaterThan(50);
        assertThat(others.longestNanos).isLessThanOrEqualTo(5_000_000);
    }

    /** Wants to be given what there is, and is given nothing. */
    private static final class Silent implements ConsumerPort {
        @Override
        public void onMessage(QueueEntry entry) {
            throw new AssertionError("nothing was wanted");
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }
}
