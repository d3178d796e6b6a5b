package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.SlowConsumer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Consumers that do not get on, on a clock that is turned by hand. */
class SlowConsumersTest {
    private static final long PERIOD_MILLIS = 10_000;

    private final QueueBench bench = new QueueBench(100_000_000, AddressSettings.NONE);

    private static AddressSettings settings(SlowConsumer policy) {
        return AddressSettings.NONE
                .with(AddressSetting.SLOW_CONSUMER, policy)
                .with(AddressSetting.SLOW_CONSUMER_RATE, 1.0)
                .with(AddressSetting.SLOW_CONSUMER_PERIOD, PERIOD_MILLIS);
    }

    private void apply(SlowConsumer policy) {
        bench.loop.run(() -> bench.queue.apply(settings(policy)));
    }

    private final class Named extends QueueBench.Taker {
        final String name;
        final List<String> heard = new ArrayList<>();

        Named(String name, int credit) {
            bench.super(Interest.ALL, credit);
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void onSlow(long settled, long needed, long periodMillis) {
            heard.add(settled + " of " + needed + " in " + periodMillis);
        }

        void consume(int count) {
            for (int i = 0; i < count; i++) {
                var entry = entries.remove(0);
                bench.loop.run(() -> door.consume(entry));
            }
        }
    }

    private List<String> slow() {
        return bench.statistics().slowConsumers();
    }

    @Test
    void namesWhoSettlesTooFew() {
        apply(SlowConsumer.NOTIFY);
        bench.sendMany(100, 4);
        var slow = new Named("slow", 20);
        var fast = new Named("fast", 20);
        bench.loop.advance(PERIOD_MILLIS + 1);
        bench.loop.advance(1);
        for (int period = 0; period < 3; period++) {
            slow.consume(period == 2 ? 10 : 3);
            fast.consume(10);
            fast.move(20 - fast.entries.size());
            bench.loop.advance(PERIOD_MILLIS);
            assertThat(slow()).isEqualTo(period == 2 ? List.of() : List.of("slow"));
        }
        assertThat(slow.heard).as("nobody is detached").isEmpty();
    }

    @Test
    void whoHasNothingToDoIsNotSlow() {
        apply(SlowConsumer.DETACH);
        var idle = new Named("idle", 20);
        bench.loop.advance(3 * PERIOD_MILLIS);
        bench.sendMany(9, 4);
        bench.loop.advance(3 * PERIOD_MILLIS);
        assertThat(idle.heard).as("it could not have settled ten").isEmpty();
        bench.sendMany(1, 4);
        bench.loop.advance(3 * PERIOD_MILLIS);
        assertThat(idle.heard).containsExactly("0 of 10 in 10000");
    }

    @Test
    void whoAsksForNothingWhileMessagesWaitIsSlow() {
        apply(SlowConsumer.DETACH);
        bench.sendMany(50, 4);
        var quiet = new Named("quiet", 0);
        bench.loop.advance(2 * PERIOD_MILLIS + 1);
        assertThat(quiet.heard).hasSize(1);
    }

    @Test
    void isToldOnceWhileItStaysSlow() {
        bench.sendMany(50, 4);
        var slow = new Named("slow", 20);
        apply(SlowConsumer.DETACH);
        bench.loop.advance(10 * PERIOD_MILLIS);
        assertThat(slow.heard).hasSize(1);
        assertThat(slow()).containsExactly("slow");
        slow.leave();
        assertThat(slow()).isEmpty();
        bench.loop.advance(PERIOD_MILLIS);
        assertThat(bench.loop.timersWaiting())
                .as("nobody is here to be looked at")
                .isZero();
    }

    @Test
    void nobodyLooksWhereNobodyWants() {
        bench.sendMany(50, 4);
        var slow = new Named("slow", 20);
        assertThat(bench.loop.timersWaiting()).isZero();
        apply(SlowConsumer.NOTIFY);
        assertThat(bench.loop.timersWaiting()).isEqualTo(1);
        bench.loop.advance(PERIOD_MILLIS);
        assertThat(slow()).containsExactly("slow");
        apply(SlowConsumer.NONE);
        assertThat(slow()).isEmpty();
        assertThat(bench.loop.timersWaiting()).isZero();
        slow.leave();
    }

    @Test
    void browsersAndSweepsAreNeverSlow() {
        apply(SlowConsumer.DETACH);
        bench.sendMany(50, 4);
        var browser = bench.new Taker(new Interest(null, true, 0), 20);
        bench.loop.advance(3 * PERIOD_MILLIS);
        assertThat(slow()).isEmpty();
        browser.leave();
    }
}
