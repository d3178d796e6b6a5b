package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node serves in terms, each with logs of its own: with real copies on real journals. */
class TermsTest {
    private static final int LOST = 1;

    @TempDir
    private Path directory;

    /** A loop stood still: another node has led its shard meanwhile, and hands it back to who leads the first one. */
    @Test
    void servesAgainWhenItLostOneShardAndGotItBack() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var n1 = nodes.ofThree().get(0);
            long epoch = n1.status(0).epoch();

            nodes.cut(n1, LOST);
            nodes.until(() -> n1.done.contains("end"));
            assertThat(n1.deposed).as("what served hears no more of any log").containsExactlyInAnyOrder(0, 1, 2);
            nodes.heal();
            nodes.until(() -> n1.activity.state() == ActivityState.ACTIVE);
            assertThat(n1.done).containsExactly("begin", "end", "begin");
            assertThat(n1.status(0).epoch()).isGreaterThan(epoch);
            assertThat(n1.logs).hasSize(HandHeldNodes.SHARDS);
        }
    }
}
