package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
    private static final AddressSettings ON = AddressSettings.NONE
            .with(AddressSetting.CIRCUIT_BREAKER_RATIO, 0.5)
            .with(AddressSetting.CIRCUIT_BREAKER_WINDOW, 10_000L)
            .with(AddressSetting.CIRCUIT_BREAKER_MIN_SAMPLES, 4L)
            .with(AddressSetting.CIRCUIT_BREAKER_PAUSE, 1_000L)
            .with(AddressSetting.CIRCUIT_BREAKER_PAUSE_MAX, 3_000L)
            .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 3L);

    private final QueueBench bench = new QueueBench(1 << 20, ON, new Dropped());

    private BreakerStatus status() {
        return bench.statistics().breaker();
    }

    /** The taker says of the messages that it has, the oldest first, that they failed. */
    private void fail(QueueBench.Taker taker, int count) {
        for (int i = 0; i < count; i++) {
            var entry = taker.entries.remove(0);
            bench.loop.run(() -> taker.door.giveBack(entry, true, false));
        }
        bench.settle();
    }

    private void consume(QueueBench.Taker taker) {
        var entries = List.copyOf(taker.entries);
        taker.entries.clear();
        bench.loop.run(() -> entries.forEach(taker.door::consume));
        bench.settle();
    }

    private void reject(QueueBench.Taker taker) {
        var entry = taker.entries.remove(0);
        bench.loop.run(() -> taker.door.reject(entry, null));
        bench.settle();
    }

    private void advance(long millis) {
        bench.loop.advance(millis);
        bench.settle();
    }

    /** Four of four deliveries have failed; what the taker has is back, and there are more. */
    private QueueBench.Taker opened() {
        bench.sendMany(20, 4);
        var taker = bench.new Taker(Interest.ALL, 4);
        fail(taker, 4);
        taker.numbers.clear();
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.OPEN, bench.loop.nowMillis() + 1_000, 1));
        return taker;
    }

    @Test
    void isOffByDefault() {
        var plain = new QueueBench(1 << 20, AddressSettings.NONE);
        plain.sendMany(30, 4);
        var taker = plain.new Taker(Interest.ALL, 30);
        plain.loop.run(() -> taker.entries.forEach(entry -> taker.door.giveBack(entry, true, false)));
        plain.settle();
        assertThat(plain.statistics().breaker()).isEqualTo(BreakerStatus.OFF);
        assertThat(taker.take(30)).hasSize(30);
    }

    @Test
    void pausesAndThenTriesOneMessageAtATime() {
        var taker = opened();
        assertThat(taker.take(10)).isEmpty();
        var other = bench.new Taker(Interest.ALL, 10);
        advance(999);
        assertThat(taker.numbers).isEmpty();
        assertThat(other.numbers).isEmpty();
        advance(1);
        assertThat(taker.numbers.size() + other.numbers.size()).isEqualTo(1);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.PROBING, 0, 1));
        advance(500);
        assertThat(taker.numbers.size() + other.numbers.size()).isEqualTo(1);
        consume(taker);
        consume(other);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.CLOSED, 0, 1));
        assertThat(taker.numbers.size() + other.numbers.size()).isEqualTo(20);
    }

    @Test
    void pausesForTwiceAsLongWhenThatFailsAndNoLongerThanItMay() {
        var taker = opened();
        taker.move(10);
        advance(1_000);
        assertThat(taker.numbers).containsExactly(0);
        fail(taker, 1);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.OPEN, bench.loop.nowMillis() + 2_000, 2));
        advance(1_999);
        assertThat(taker.numbers).hasSize(1);
        advance(1);
        reject(taker);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.OPEN, bench.loop.nowMillis() + 3_000, 3));
        advance(3_000);
        fail(taker, 1);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.OPEN, bench.loop.nowMillis() + 3_000, 4));
        advance(3_000);
        consume(taker);
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        // The next pause is as long as the first.
        fail(taker, 4);
        assertThat(status()).isEqualTo(new BreakerStatus(BreakerState.OPEN, bench.loop.nowMillis() + 1_000, 5));
    }

    @Test
    void nothingBecomesADeadLetterMeanwhile() {
        bench.sendMany(20, 4);
        var taker = bench.new Taker(Interest.ALL, 20);
        for (int i = 0; i < 20; i++) {
            reject(taker);
        }
        // Three were needed to see it coming.
        assertThat(bench.statistics().rejected()).isEqualTo(3);
        assertThat(bench.statistics().ready()).isEqualTo(17);
        for (int attempt = 0; attempt < 10; attempt++) {
            taker.move(1);
            advance(3_000);
            assertThat(taker.entries).hasSize(1);
            fail(taker, 1);
        }
        assertThat(bench.statistics().rejected()).isEqualTo(3);
        taker.move(1);
        advance(3_000);
        assertThat(taker.entries.get(0).deliveryCount()).isGreaterThan(3);
        consume(taker);
        // All is as usual again.
        taker.move(1);
        bench.settle();
        reject(taker);
        assertThat(bench.statistics().rejected()).isEqualTo(4);
    }

    @Test
    void opensForABadPartOfEnoughDeliveriesOfLate() {
        bench.sendMany(20, 4);
        var taker = bench.new Taker(Interest.ALL, 3);
        fail(taker, 3);
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        advance(10_000);
        taker.take(1);
        fail(taker, 1);
        // The first three are long ago.
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        for (int i = 0; i < 3; i++) {
            taker.take(1);
            consume(taker);
        }
        taker.take(1);
        fail(taker, 1);
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        taker.take(1);
        fail(taker, 1);
        // Three of six.
        assertThat(status().state()).isEqualTo(BreakerState.OPEN);
    }

    @Test
    void aLockThatRunsOutHasFailed() {
        bench.loop.run(() -> bench.queue.apply(
                ON.with(AddressSetting.LOCK_DURATION, 500L).with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L)));
        bench.sendMany(20, 4);
        var taker = bench.new Taker(Interest.ALL, 10);
        taker.entries.forEach(QueueEntry::onSent);
        advance(499);
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        advance(1);
        assertThat(status().state()).isEqualTo(BreakerState.OPEN);
        // The fourth of ten is the one that opens it.
        assertThat(bench.statistics().ready()).isEqualTo(17);
        assertThat(bench.statistics().rejected()).isEqualTo(3);
    }

    @Test
    void whatIsReleasedSaysNothing() {
        bench.sendMany(10, 4);
        var taker = bench.new Taker(Interest.ALL, 10);
        for (int i = 0; i < 10; i++) {
            taker.giveBack(0);
        }
        bench.settle();
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
        taker.take(10);
        taker.leave();
        bench.settle();
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void triesAnotherWhenNobodySaysWhatHasBecomeOfIt() {
        var taker = opened();
        taker.move(10);
        advance(1_000);
        taker.giveBack(0);
        bench.settle();
        assertThat(taker.numbers).containsExactly(0, 0);
        assertThat(status().state()).isEqualTo(BreakerState.PROBING);
        advance(999);
        assertThat(taker.numbers).hasSize(2);
        advance(1);
        assertThat(taker.numbers).containsExactly(0, 0, 1);
        var other = bench.new Taker(Interest.ALL, 1);
        taker.leave();
        bench.settle();
        assertThat(other.numbers).containsExactly(0);
        consume(other);
        assertThat(status().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void answersDrainsAndLeavesBrowsersAloneWhileItPauses() {
        var taker = opened();
        bench.loop.run(() -> taker.door.drain(taker.received + 5));
        bench.settle();
        assertThat(taker.drained).isEqualTo(1);
        assertThat(taker.numbers).isEmpty();
        var browser = bench.new Taker(new Interest(null, true), 30);
        assertThat(browser.numbers).hasSize(20);
        advance(1_000);
        // The drain has taken the credit away.
        assertThat(taker.numbers).isEmpty();
        assertThat(taker.take(5)).containsExactly(0);
    }

    @Test
    void holdsConsumersWithSelectorsBackToo() {
        bench.sendMany(6, 4);
        var red = bench.new Taker(new Interest(QueueBench.selector("third = TRUE"), false), 10);
        pausesAndGoesOn(red, bench.new Taker(Interest.ALL, 10));
    }

    @Test
    void holdsGroupsBackToo() {
        bench.sendGroups("a", "b", "a", "b", "c", "c");
        var first = bench.new Taker(Interest.ALL, 1);
        var second = bench.new Taker(Interest.ALL, 10);
        first.take(9);
        pausesAndGoesOn(first, second);
    }

    /** The two have all six messages. */
    private void pausesAndGoesOn(QueueBench.Taker first, QueueBench.Taker second) {
        assertThat(first.entries.size() + second.entries.size()).isEqualTo(6);
        first.move(0);
        second.move(0);
        fail(first, first.entries.size());
        fail(second, second.entries.size());
        assertThat(status().state()).isEqualTo(BreakerState.OPEN);
        first.numbers.clear();
        second.numbers.clear();
        first.move(10);
        second.move(10);
        advance(999);
        assertThat(first.numbers).isEmpty();
        assertThat(second.numbers).isEmpty();
        advance(1);
        assertThat(first.numbers.size() + second.numbers.size()).isEqualTo(1);
        consume(first);
        consume(second);
        assertThat(first.numbers.size() + second.numbers.size()).isEqualTo(6);
    }

    @Test
    void turnedOffItLetsAllGoOnAtOnce() {
        var taker = opened();
        taker.move(20);
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE));
        bench.settle();
        assertThat(taker.numbers).hasSize(20);
        assertThat(status()).isEqualTo(BreakerStatus.OFF);
        advance(60_000);
        assertThat(taker.numbers).hasSize(20);
    }

    @Test
    void endsWithItsQueue() {
        var taker = opened();
        taker.move(20);
        bench.loop.run(bench.queue::delete);
        advance(60_000);
        assertThat(taker.numbers).isEmpty();
    }

    @Test
    void sweepsGoOnWhileItPauses() {
        opened();
        var endings = new ArrayList<Sweep.Progress>();
        var plan = new Sweep.Plan(Sweep.Work.REMOVE, null, Long.MAX_VALUE, 0);
        bench.loop.run(() -> new QueueDoor(bench.queue).sweep(plan, new Nowhere(), endings::add));
        bench.settle();
        assertThat(endings).containsExactly(new Sweep.Progress(Sweep.State.DONE, 20, 0));
        assertThat(List.of(bench.statistics().ready(), bench.statistics().consumed()))
                .containsExactly(0L, 20L);
        assertThat(status().state()).isEqualTo(BreakerState.OPEN);
    }

    /** Where dead letters go. */
    private static final class Dropped implements DeadLetters {
        @Override
        public boolean isLastResort(String queue) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            reply.onSafe();
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("no large message was sent");
        }
    }

    private static final class Nowhere implements Sweep.Destination {
        @Override
        public boolean isChoosy() {
            return false;
        }

        @Override
        public boolean wants(Message message) {
            return true;
        }

        @Override
        public ProducerDoor wayOf(Message message) {
            throw new AssertionError("what is removed goes nowhere");
        }

        @Override
        public void leave() {}
    }
}
