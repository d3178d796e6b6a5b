package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WatchTest {
    private static final long SHORT_NANOS = 20_000;
    private static final long LONG_NANOS = 1_000_000;

    private final Watch watch = Watch.with(2);

    @Test
    void watchesOnceSomeWaitsWereShort() {
        assertThat(watch.nanos()).isZero();
        assertThat(waitsUntilItWatches()).isEqualTo(4);
        assertThat(watch.nanos()).isPositive();
    }

    @Test
    void startsCountingAnewAfterALongWait() {
        watch.waited(SHORT_NANOS);
        watch.waited(SHORT_NANOS);
        watch.waited(LONG_NANOS);
        assertThat(waitsUntilItWatches()).isEqualTo(4);
    }

    @Test
    void isHarderToConvinceEachTimeThatItWatchedInVain() {
        for (int needed = 4; needed < 256; needed *= 2) {
            assertThat(waitsUntilItWatches()).isEqualTo(needed);
            watch.waited(LONG_NANOS);
            assertThat(watch.nanos()).isZero();
        }
        assertThat(waitsUntilItWatches()).isEqualTo(256);
        watch.waited(LONG_NANOS);
        assertThat(waitsUntilItWatches()).isEqualTo(256);
    }

    @Test
    void trustsAgainWhatGoesWell() {
        for (int i = 0; i < 3; i++) {
            waitsUntilItWatches();
            watch.waited(LONG_NANOS);
        }
        waitsUntilItWatches();
        for (int i = 0; i < 1_000; i++) {
            watch.waited(SHORT_NANOS);
        }
        watch.waited(LONG_NANOS);
        assertThat(waitsUntilItWatches()).isEqualTo(8);
    }

    @Test
    void leavesTheOnlyProcessorToOthers() {
        Watch alone = Watch.with(1);
        for (int i = 0; i < 1_000; i++) {
            alone.waited(SHORT_NANOS);
            assertThat(alone.nanos()).isZero();
        }
    }

    private int waitsUntilItWatches() {
        int waits = 0;
        while (watch.nanos() == 0) {
            watch.waited(SHORT_NANOS);
            waits++;
        }
        return waits;
    }
}
