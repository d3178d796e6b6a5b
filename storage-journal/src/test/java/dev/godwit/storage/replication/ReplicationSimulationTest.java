package dev.godwit.storage.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real replicas in worlds that are not: nodes crash, pause and lose their disks, lines break, and clients are kept their
 * promises. Run more worlds with {@code -Dgodwit.simulation.seeds=20000}, and one again with
 * {@code -Dgodwit.simulation.seeds=1 -Dgodwit.simulation.seed=<seed>}.
 */
class ReplicationSimulationTest {
    private static final int SEEDS = Integer.getInteger("godwit.simulation.seeds", 150);
    private static final long FIRST_SEED = Long.getLong("godwit.simulation.seed", System.nanoTime());

    @Test
    void keepsItsPromisesWhateverHappens() {
        long began = System.nanoTime();
        var sum = new SimulatedCluster.Counters();
        List<String> bad = new ArrayList<>();
        long events = 0;
        long elections = 0;
        int violated = 0;
        int notLive = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, Flaw.NONE);
            events += result.events();
            elections += result.elections();
            sum.add(result.counters());
            violated += result.violations().isEmpty() ? 0 : 1;
            notLive += result.live() ? 0 : 1;
            if (!result.isGood()) {
                bad.add("-Dgodwit.simulation.seeds=1 -Dgodwit.simulation.seed=" + seed + ": " + result.picture()
                        + result.violations());
            }
        }
        double minutes = (System.nanoTime() - began) / 60e9;
        System.out.printf(
                "replication: seeds %d from %d, events %d (%d a seed), confirmed %d, transactions %d, elections %d, leaders that served %d,"
                        + " crashes %d, damaged or wiped %d, changes of voters %d, transfers %d, told to contend %d,"
                        + " to stand aside %d, violations=%d, not-live=%d,"
                        + " seeds/min %.0f%n",
                SEEDS,
                FIRST_SEED,
                events,
                events / SEEDS,
                sum.confirmed,
                sum.transactions,
                elections,
                sum.served,
                sum.crashes,
                sum.damages,
                sum.changes,
                sum.transfers,
                sum.contentions,
                sum.asides,
                violated,
                notLive,
                SEEDS / minutes);
        assertThat(bad).isEmpty();
        assertThat(sum.confirmed).isPositive();
        assertThat(sum.transactions).isPositive();
    }

    /** Worlds in which something went wrong once. */
    @ParameterizedTest
    @ValueSource(longs = {700_785})
    void keepsItsPromisesWhereItOnceBrokeThem(long seed) {
        Simulation.Result result = Simulation.run(seed, Flaw.NONE);
        assertThat(result.violations()).isEmpty();
        assertThat(result.live()).isTrue();
    }
}
