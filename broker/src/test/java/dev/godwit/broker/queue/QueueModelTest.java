package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A queue against {@link QueueModel}: the same things are done to both, at random, and whatever the queue gives out or shows the
 * model must agree with. Messages are in memory or on the disk, durable or not, of all priorities, with and without a time to
 * live, new or sent again, of which only the newest of a kind is kept or not, with and without groups, found by an index or not, in order or one key after the other; consumers want all, some, or only look, have priorities, and now and then only one is to be given anything, or nobody for a time because deliveries failed, and there may be a time for which they may have a message; the disk answers late and out of turn; the broker is killed and started again.
 */
class QueueModelTest {
    private static final int STEPS = 1_000_000;

    private long deliveries;
    private long repeats;
    private long losses;
    private long pauses;
    private long fetches;
    private long expiries;
    private long weighings;

    /** Prints its seed; runs with {@code -Dgodwit.seed=…} again. */
    @Test
    void theQueueDoesWhatTheModelSays() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var seeds = new Random(seed);
        long beginNanos = System.nanoTime();
        for (int steps = 0; steps < STEPS; steps += QueueModelRun.STEPS) {
            long runSeed = seeds.nextLong();
            try {
                var run = new QueueModelRun(new Random(runSeed));
                run.play();
                deliveries += run.deliveries;
                repeats += run.repeats;
                losses += run.losses;
                pauses += run.pauses;
                fetches += run.fetches;
                expiries += run.expiries;
                weighings += run.weighings;
            } catch (AssertionError | RuntimeException wrong) {
                throw new AssertionError(
                        "run again with -Dgodwit.seed=" + seed + " (this was run " + steps / QueueModelRun.STEPS + ")",
                        wrong);
            }
        }
        System.out.printf(
                "queue against model: seed %d, %d steps, %d deliveries, %d repeats, %d lost to time, %d fetched,"
                        + " %d expired elsewhere, %d ms%n",
                seed,
                STEPS,
                deliveries,
                repeats,
                losses,
                fetches,
                expiries,
                (System.nanoTime() - beginNanos) / 1_000_000);
        assertThat(deliveries).isGreaterThan(STEPS / 10);
        assertThat(repeats).isGreaterThan(STEPS / 100);
        assertThat(losses).isGreaterThan(STEPS / 1_000);
        assertThat(pauses).isGreaterThan(STEPS / 10_000);
        assertThat(fetches).isGreaterThan(STEPS / 2_000);
        assertThat(expiries).isGreaterThan(STEPS / 1_000);
        assertThat(weighings).isGreaterThan(STEPS / 10_000);
    }
}
