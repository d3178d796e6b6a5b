package dev.godwit.broker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WallClockTimerTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final long beginMillis = loop.nowMillis();
    private final List<Long> ranAfterMillis = new ArrayList<>();
    private final WallClockTimer timer =
            new WallClockTimer(loop, loop, () -> ranAfterMillis.add(loop.nowMillis() - beginMillis));

    private void set(long afterMillis) {
        loop.run(() -> timer.set(beginMillis + afterMillis, 1));
    }

    @Test
    void runsOnceAtTheEarliestTimeThatWasSet() {
        set(500);
        set(300);
        set(400);
        loop.advance(299);
        assertThat(ranAfterMillis).isEmpty();
        loop.advance(1_000);
        assertThat(ranAfterMillis).containsExactly(300L);
    }

    @Test
    void runsAfterTheLeastDelayWhenTheTimeHasPassed() {
        loop.advance(1_000);
        loop.run(() -> timer.set(beginMillis, 50));
        loop.advance(49);
        assertThat(ranAfterMillis).isEmpty();
        loop.advance(1);
        assertThat(ranAfterMillis).containsExactly(1_050L);
    }

    /** The clock may have been set forward. */
    @Test
    void looksAgainAfterAMinuteHoweverFarTheTimeIs() {
        set(3_600_000);
        loop.advance(59_999);
        assertThat(ranAfterMillis).isEmpty();
        loop.advance(1);
        assertThat(ranAfterMillis).containsExactly(60_000L);
    }

    @Test
    void runsNoMoreWhenItWasStoppedUntilItIsSetAgain() {
        set(100);
        loop.run(timer::stop);
        loop.advance(1_000);
        assertThat(ranAfterMillis).isEmpty();
        set(1_100);
        loop.advance(100);
        assertThat(ranAfterMillis).containsExactly(1_100L);
    }
}
