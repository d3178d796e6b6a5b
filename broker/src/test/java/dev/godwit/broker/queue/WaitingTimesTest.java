package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitingTimesTest {
    private final WaitingTimes times = new WaitingTimes();

    @Test
    void knowsNothingBeforeTheFirst() {
        assertThat(times.describe(4)).isNull();
    }

    @Test
    void isExactBelowEightMilliseconds() {
        for (long millis = 0; millis < 8; millis++) {
            times.count(millis);
        }
        assertThat(times.describe(4)).isEqualTo(new WaitStatistics(4, 8, 3, 7, 7, 7));
    }

    /** From the true value up to an eighth above it, whatever the times. */
    @Test
    void isRightToAnEighth() {
        long seed = System.nanoTime();
        System.out.println("waiting times: seed " + seed);
        var random = new Random(seed);
        long[] all = new long[10_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = random.nextLong() >>> (20 + random.nextInt(44));
            times.count(all[i]);
        }
        Arrays.sort(all);

        var told = Objects.requireNonNull(times.describe(0));

        assertThat(told.messages()).isEqualTo(all.length);
        assertThat(told.maxMillis()).isEqualTo(all[all.length - 1]);
        assertIsAbout(told.p50Millis(), all[all.length / 2 - 1]);
        assertIsAbout(told.p99Millis(), all[all.length / 100 * 99 - 1]);
        assertIsAbout(told.p999Millis(), all[all.length / 1_000 * 999 - 1]);
    }

    private static void assertIsAbout(long told, long truth) {
        assertThat(told).isBetween(truth, truth + truth / 8);
    }
}
