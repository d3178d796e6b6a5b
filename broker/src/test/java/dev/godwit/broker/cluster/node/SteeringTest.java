package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who belongs to a cluster, and who is taken in: with real copies on real journals. */
class SteeringTest {
    @TempDir
    private Path directory;

    @Test
    void takesInThoseThatAreNewAndTellsThemWhichClusterItIs() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = nodes.ofThree();
            nodes.until(() -> all.stream().allMatch(node -> node.memory.clusterId() != null));
            assertThat(all)
                    .extracting(node -> node.memory.clusterId())
                    .containsOnly(all.get(0).memory.clusterId());
            nodes.until(() -> all.get(1).memory.clientPlaces().size() == 3);
        }
    }

    /** What members were told at their start says nothing of the cluster that they have joined since. */
    @Test
    void doesNotTakeNodesFromTheirClusterWhenItsFounderBeginsAnotherOne() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = nodes.ofThree();
            var n2 = all.get(1);
            var n3 = all.get(2);
            nodes.end(all.get(0));
            nodes.until(
                    () -> n2.activity.state() == ActivityState.ACTIVE || n3.activity.state() == ActivityState.ACTIVE);

            var another = nodes.found("n1");
            nodes.goOn(5_000);
            assertThat(another.keeps(n2)).isFalse();
            assertThat(another.keeps(n3)).isFalse();
            assertThat(n2.keeps(another)).isFalse();
            assertThat(n2.memory.clusterId()).isNotEqualTo(another.memory.clusterId());
            assertThat(n2.memory.clientPlaces()).as("of its founder as it was").hasSize(3);
            assertThat(n2.done).doesNotContain("cannot serve");
        }
    }

    /** A cluster's id stays known when the node that began it is gone, and none of the others was started again. */
    @Test
    void tellsTheClusterToThoseThatComeWhenItsFounderIsGone() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = nodes.ofThree();
            var n2 = all.get(1);
            nodes.until(() -> n2.memory.clusterId() != null);
            nodes.end(all.get(0));
            var n4 = nodes.add("n4");
            nodes.until(() -> n4.memory.clusterId() != null);
            assertThat(n4.memory.clusterId()).isEqualTo(n2.memory.clusterId());
        }
    }

    @Test
    void takesNobodyNewWhileAnotherClusterIsHere() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var n1 = nodes.found("n1");
            var n2 = nodes.found("n2");
            var n3 = nodes.add("n3");
            nodes.goOn(5_000);
            assertThat(n1.keeps(n3)).isFalse();
            assertThat(n2.keeps(n3)).isFalse();
            nodes.end(n2);
            nodes.add("n4");
            nodes.until(() -> n1.isVoter(n3));
            nodes.until(() -> n3.memory.clusterId() != null);
            assertThat(n3.memory.clusterId()).isEqualTo(n1.memory.clusterId());
        }
    }

    /** A node that returns has its copies before it has met anybody. */
    @Test
    void takesNobodyForGoneWhileItHasMetNobody() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = nodes.ofThree();
            var n1 = all.get(0);
            var former = all.get(2);
            var n4 = nodes.add("n4");
            nodes.leave(former);
            nodes.until(() -> n1.isVoter(n4));
            nodes.comeBack(former);
            nodes.until(() -> n1.memory.clientPlaces().size() == 4);
            n1.blind = true;
            nodes.goOn(3 * HandHeldNodes.REPLACE_AFTER_MILLIS);
            assertThat(n1.memory.clientPlaces()).hasSize(4);
            assertThat(List.of(n1, all.get(1), n4)).allMatch(n1::isVoter);
            assertThat(n1.memory.links("n1")).containsOnlyKeys("n2", "n3", "n4");

            n1.blind = false;
            nodes.leave(former);
            nodes.until(() -> n1.memory.clientPlaces().size() == 3);
        }
    }
}
