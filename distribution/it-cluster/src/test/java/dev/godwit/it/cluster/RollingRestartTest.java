package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * All nodes are restarted one after another, in an orderly way, as for a new release: clients have to wait for no election. The
 * long form is {@code -Dgodwit.cluster.rounds=10 -Dgodwit.cluster.gap=2500}.
 */
final class RollingRestartTest {
    /** On a machine that does nothing else 2,500 are enough: the longest that a leader is missed before somebody is elected. */
    private static final long GAP_MILLIS_MAX = Long.getLong("godwit.cluster.gap", 6_000);

    private static final int ROUNDS = Integer.getInteger("godwit.cluster.rounds", 1);

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 1_200, unit = TimeUnit.SECONDS)
    void losesNothingAndGoesOnWithoutAnElection() throws Exception {
        List<Long> gapsMillis = new ArrayList<>();
        try (var nodes = new NodeProcesses(directory, 3);
                var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "orders", 0)) {
            for (int restart = 0; restart < 3 * ROUNDS; restart++) {
                load.awaitProgress();
                load.longestGapMillis();
                nodes.stop(restart % 3);
                load.awaitProgress();
                nodes.restart(restart % 3);
                nodes.awaitCopies(3);
                gapsMillis.add(load.longestGapMillis());
            }
            load.finish();
            System.out.println("rolling restart test: " + load
                    + " longest gap between two confirmed sends at each restart, ms: " + gapsMillis);
        }
        assertThat(gapsMillis).allMatch(gap -> gap <= GAP_MILLIS_MAX);
    }
}
