package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is elected for shard 0 leads the others at once: by themselves they would be missing a leader for 2 to 4 s. */
@Timeout(120)
class RallyTest {
    /** For a few votes, on disks that are real. */
    private static final long SOON_MILLIS = 800;

    @TempDir
    Path directory;

    @Test
    void hasAllShardsLedByWhoIsElectedForTheFirst() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            nodes.ofThree();
            var first = Objects.requireNonNull(nodes.leader(0));
            long lostMillis = nodes.loop.nowMillis();
            nodes.end(first);
            nodes.until(() -> nodes.leader(0) != null);
            var next = nodes.leader(0);
            long electedMillis = nodes.loop.nowMillis();
            assertThat(electedMillis - lostMillis).isGreaterThan(900);
            nodes.until(() -> IntStream.range(0, HandHeldNodes.SHARDS).allMatch(shard -> nodes.leader(shard) == next));
            assertThat(nodes.loop.nowMillis() - electedMillis).isLessThan(SOON_MILLIS);
        }
    }
}
