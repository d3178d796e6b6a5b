package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy says whether this node may give out messages: with real copies on real journals. */
class KeptShardTest {
    private static final int SHARD = 1;

    @TempDir
    private Path directory;

    private static boolean isHeld(HandHeldNodes nodes, KeptShard copy) {
        return nodes.on(copy::isHeld);
    }

    @Test
    void losesTheRightWhenNobodyAnswersAndTellsWhenItIsBack() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var n1 = nodes.ofThree().get(0);
            var copy = n1.copies.get(SHARD);
            var regained = new AtomicInteger();
            nodes.loop.run(() -> copy.onRegained(regained::incrementAndGet));
            assertThat(isHeld(nodes, copy)).isTrue();
            nodes.cut(n1, SHARD);
            nodes.until(() -> !isHeld(nodes, copy));
            assertThat(n1.leads(SHARD)).as("it does not know yet").isTrue();
            assertThat(regained).hasValue(0);
            nodes.heal();
            nodes.until(() -> isHeld(nodes, copy) || !n1.leads(SHARD));
            nodes.until(() -> regained.get() == 1 || !n1.leads(SHARD));
            assertThat(isHeld(nodes, copy)).isEqualTo(n1.leads(SHARD));
        }
    }

    @Test
    void givesALogInTheEpochThatItServesOnly() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var n1 = nodes.found("n1");
            var copy = n1.copies.get(SHARD);
            long epoch = n1.status(SHARD).epoch();
            assertThatIllegalStateException()
                    .isThrownBy(() -> nodes.loop.run(() -> copy.lead(epoch, n1.listener(SHARD))));
            nodes.loop.run(() -> copy.leadAnew(epoch - 1));
            assertThat(n1.status(SHARD).epoch()).isEqualTo(epoch);
            nodes.loop.run(() -> copy.leadAnew(epoch));
            nodes.until(() -> n1.status(SHARD).serving() && n1.status(SHARD).epoch() > epoch);
            assertThatIllegalStateException()
                    .isThrownBy(() -> nodes.loop.run(() -> copy.lead(epoch, n1.listener(SHARD))));
        }
    }
}
