package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private double random = 0.5;
    private final RetryTimes times = new RetryTimes(loop, () -> random);

    private long wait(int failedAttempts) {
        return times.notBeforeMillis(failedAttempts, Map.of()) - loop.nowMillis();
    }

    @Test
    void growsWithEachAttemptUpToTheLongest() {
        times.apply(new RetryPolicy(100, 2, 1_000, 0));
        assertThat(new long[] {wait(1), wait(2), wait(3), wait(4), wait(5), wait(1_000)})
                .containsExactly(100, 200, 400, 800, 1_000, 1_000);
    }

    @Test
    void spreadsByTheJitterAndNeverBeyondTheLongest() {
        times.apply(new RetryPolicy(1_000, 1, 1_100, 0.5));
        random = 0;
        assertThat(wait(1)).isEqualTo(500);
        random = 0.5;
        assertThat(wait(1)).isEqualTo(1_000);
        random = 1;
        assertThat(wait(1)).isEqualTo(1_100);
    }

    @Test
    void givesOutAgainAtOnceWithoutADelayOrAFailure() {
        assertThat(times.notBeforeMillis(1, Map.of())).isZero();
        times.apply(new RetryPolicy(100, 2, 1_000, 0));
        assertThat(times.notBeforeMillis(0, Map.of())).isZero();
    }

    @Test
    void staysWithinTheTimesThereAre() {
        times.apply(new RetryPolicy(Long.MAX_VALUE, 10, Long.MAX_VALUE, 1));
        random = 1;
        assertThat(times.notBeforeMillis(9, Map.of())).isEqualTo(Long.MAX_VALUE - 1);
    }

    @Test
    void followsTheConsumerFirst() {
        times.apply(new RetryPolicy(100, 2, 1_000, 0));
        long now = loop.nowMillis();
        assertThat(times.notBeforeMillis(1, Map.of(Symbol.of("x-opt-delivery-delay"), 7)))
                .isEqualTo(now + 7);
        assertThat(times.notBeforeMillis(0, Map.of(Symbol.of("x-opt-delivery-time"), now + 9)))
                .isEqualTo(now + 9);
        assertThat(times.notBeforeMillis(1, Map.of(Symbol.of("x-opt-delivery-time"), now - 9)))
                .isZero();
        assertThat(times.notBeforeMillis(1, Map.of(Symbol.of("x-opt-delivery-delay"), 0)))
                .isZero();
        assertThat(times.notBeforeMillis(1, Map.of(Symbol.of("x-opt-delivery-delay"), "soon")))
                .isEqualTo(now + 100);
        assertThat(times.notBeforeMillis(1, Map.of(Symbol.of("x-opt-else"), 1))).isEqualTo(now + 100);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new RetryPolicy(-1, 1, 1, 0)).hasMessageContaining("-1 ms");
        assertThatThrownBy(() -> new RetryPolicy(1, 0.5, 1, 0)).hasMessageContaining("0.5");
        assertThatThrownBy(() -> new RetryPolicy(1, Double.NaN, 1, 0)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new RetryPolicy(1, 1, -2, 0)).hasMessageContaining("-2 ms");
        assertThatThrownBy(() -> new RetryPolicy(1, 1, 1, 1.5)).hasMessageContaining("1.5");
    }
}
