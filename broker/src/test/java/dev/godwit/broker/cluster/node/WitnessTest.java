package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.ClusterControl.Outcome;
import dev.godwit.broker.cluster.ClusterControl.Reply;
import dev.godwit.broker.cluster.ClusterReport.NodeLine;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes and a third one that keeps copies, votes, and does not serve: with real copies on real journals. */
class WitnessTest {
    @TempDir
    private Path directory;

    private static List<HandHeldNodes.Node> begin(HandHeldNodes nodes) throws Exception {
        var all = List.of(nodes.found("n1"), nodes.add("n2"), nodes.add(HandHeldNodes.WITNESS));
        var first = all.get(0);
        nodes.until(() -> all.stream().allMatch(first::isVoter));
        nodes.until(() -> first.operations.rests(HandHeldNodes.WITNESS)
                && first.notices.reached().size() == 2);
        nodes.goOn(1_500);
        return all;
    }

    private static <T> T ask(
            HandHeldNodes nodes, HandHeldNodes.Node node, Function<ClusterControl, CompletableFuture<T>> order) {
        var reply = order.apply(node.operations.control());
        nodes.until(reply::isDone);
        return reply.join();
    }

    private static boolean isActive(HandHeldNodes.Node node) {
        return node.activity.state() == ActivityState.ACTIVE;
    }

    @Test
    void letsTheOtherNodeLeadWhenOneDies() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            nodes.end(all.get(0));
            nodes.until(() -> isActive(all.get(1)));
            assertThat(all.get(2).done).as("has served").isEmpty();
        }
    }

    /** The node that died had confirmed what the witness has, and the other node has not. */
    @Test
    void handsOnWhatOnlyItHas() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var witness = all.get(2);
            nodes.fallBehind(all.get(1));
            long appended = all.get(0).status(0).lastIndex();
            nodes.until(() -> all.get(0).status(0).commitIndex() == appended);
            assertThat(all.get(1).status(0).lastIndex()).isLessThan(appended);
            nodes.end(all.get(0));
            nodes.heal();
            nodes.until(() -> isActive(all.get(1)));
            assertThat(all.get(1).status(0).commitIndex()).isGreaterThan(appended);
            assertThat(witness.done).as("has served").isEmpty();
        }
    }

    @Test
    void cannotBeHadLead() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var first = begin(nodes).get(0);
            Reply undo = ask(nodes, first, orders -> orders.rest(HandHeldNodes.WITNESS, false));
            assertThat(undo.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(undo.text()).contains("is a witness", "cluster.witness", "nothing was changed");
            assertThat(ask(nodes, first, orders -> orders.moveTo(HandHeldNodes.WITNESS))
                            .outcome())
                    .isEqualTo(Outcome.REFUSED);
            // One more at rest, and of some majority nobody might lead.
            assertThat(ask(nodes, first, orders -> orders.rest("n2", true)).outcome())
                    .isEqualTo(Outcome.REFUSED);
            var lines = ask(nodes, first, ClusterControl::report).nodes();
            assertThat(lines)
                    .filteredOn(NodeLine::witness)
                    .extracting(NodeLine::nodeId)
                    .containsExactly("witness");
            assertThat(lines).noneMatch(NodeLine::resting);
        }
    }
}
