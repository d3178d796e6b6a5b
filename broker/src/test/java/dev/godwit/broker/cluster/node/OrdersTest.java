package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClusterControl.Outcome;
import dev.godwit.broker.cluster.ClusterControl.Reply;
import dev.godwit.broker.cluster.ClusterReport.NodeLine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators order, and what becomes of it: with real copies on real journals. */
class OrdersTest {
    @TempDir
    private Path directory;

    private static <T> T ask(
            HandHeldNodes nodes, HandHeldNodes.Node node, Function<Orders, CompletableFuture<T>> order) {
        CompletableFuture<T> reply = order.apply(node.orders);
        nodes.until(reply::isDone);
        return reply.join();
    }

    private static Reply drain(HandHeldNodes nodes, HandHeldNodes.Node asked, String node) {
        return ask(nodes, asked, orders -> orders.rest(node, true));
    }

    private static Reply undo(HandHeldNodes nodes, HandHeldNodes.Node asked, String node) {
        return ask(nodes, asked, orders -> orders.rest(node, false));
    }

    private static Reply move(HandHeldNodes nodes, HandHeldNodes.Node asked, String node) {
        return ask(nodes, asked, orders -> orders.moveTo(node));
    }

    private static List<String> resting(HandHeldNodes nodes, HandHeldNodes.Node asked) {
        return ask(nodes, asked, Orders::report).nodes().stream()
                .filter(NodeLine::resting)
                .map(NodeLine::nodeId)
                .toList();
    }

    /** Two others that n1 knows to be there, and up to date. */
    private static List<HandHeldNodes.Node> begin(HandHeldNodes nodes) throws Exception {
        var all = nodes.ofThree();
        nodes.until(() -> all.get(0).notices.reached().size() == 2);
        return all;
    }

    private static boolean isActive(HandHeldNodes.Node node) {
        return node.activity.state() == ActivityState.ACTIVE;
    }

    private static boolean leadsAnything(HandHeldNodes.Node node) {
        return IntStream.range(0, HandHeldNodes.SHARDS).anyMatch(node::leads);
    }

    private static HandHeldNodes.Node awaitActive(HandHeldNodes nodes, HandHeldNodes.Node... candidates) {
        nodes.until(() -> List.of(candidates).stream().anyMatch(OrdersTest::isActive));
        return List.of(candidates).stream()
                .filter(OrdersTest::isActive)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whoIsDrainedLeadsNothingOverRestartsUntilThatIsUndone() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1, "n1")).isEqualTo(new Reply(Outcome.BEGUN, "n1 hands over, and rests"));
            var second = awaitActive(nodes, all.get(1), all.get(2));
            nodes.until(() -> !leadsAnything(n1));
            nodes.until(() -> second.resting.rests("n1"));
            assertThat(resting(nodes, second)).containsExactly("n1");
            assertThat(drain(nodes, second, "n1")).isEqualTo(new Reply(Outcome.BEGUN, "n1 rests already"));

            var again = nodes.restart(n1);
            nodes.until(() -> second.notices.reached().contains(again.id()));
            assertThat(again.resting.rests("n1")).isTrue();
            var third = second == all.get(1) ? all.get(2) : all.get(1);
            nodes.until(() -> third.notices.reached().contains(again.id()));
            nodes.end(second);
            nodes.until(() -> isActive(third) || leadsAnything(again));
            assertThat(leadsAnything(again))
                    .as("its vote counts, and it does not lead")
                    .isFalse();
            nodes.goOn(5_000);
            assertThat(leadsAnything(again)).isFalse();

            assertThat(move(nodes, third, "n1").outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(undo(nodes, third, "n1")).isEqualTo(new Reply(Outcome.BEGUN, "n1 may lead"));
            nodes.until(() -> !third.resting.rests("n1"));
            assertThat(resting(nodes, third)).isEmpty();
            nodes.until(() -> move(nodes, third, "n1").outcome() == Outcome.BEGUN);
            nodes.until(() -> isActive(again));
            nodes.until(() -> !leadsAnything(third));
            assertThat(move(nodes, again, "n1")).isEqualTo(new Reply(Outcome.BEGUN, "n1 is active already"));
        }
    }

    @Test
    void whatWouldHarmIsRefusedWithTheReasonAndChangesNothing() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1, "n2")).isEqualTo(new Reply(Outcome.BEGUN, "n2 is to rest"));
            nodes.until(() -> n1.resting.rests("n2"));
            assertThat(drain(nodes, n1, "n3"))
                    .isEqualTo(new Reply(
                            Outcome.REFUSED,
                            "at rest already: n2; with n3, too, nobody might lead when another node fails; nothing was"
                                    + " changed"));
            nodes.end(all.get(2));
            assertThat(drain(nodes, n1, "n1"))
                    .isEqualTo(new Reply(
                            Outcome.REFUSED,
                            "nobody can lead in the place of n1: n2 rests; n3 is not connected; nothing was changed"));
            assertThat(move(nodes, n1, "n2"))
                    .isEqualTo(new Reply(Outcome.REFUSED, "n2 cannot lead, for it rests; nothing was changed"));
            assertThat(move(nodes, n1, "n3"))
                    .isEqualTo(
                            new Reply(Outcome.REFUSED, "n3 cannot lead, for it is not connected; nothing was changed"));
            assertThat(undo(nodes, n1, "n3")).isEqualTo(new Reply(Outcome.NOT_REACHED, "n3 is not connected"));
            var unknown = new Reply(Outcome.UNKNOWN, "no node n4 keeps copies and votes in this cluster");
            assertThat(drain(nodes, n1, "n4")).isEqualTo(unknown);
            assertThat(undo(nodes, n1, "n4")).isEqualTo(unknown);
            assertThat(move(nodes, n1, "n4")).isEqualTo(unknown);
            nodes.goOn(3_000);
            assertThat(isActive(n1)).isTrue();
            assertThat(resting(nodes, n1)).containsExactly("n2");
            assertThat(drain(nodes, all.get(1), "n1").outcome())
                    .as("who is not active cannot tell")
                    .isEqualTo(Outcome.NOT_REACHED);
        }
    }

    @Test
    void whatCannotBeWrittenDownIsNotDone() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var n1 = begin(nodes).get(0);
            var file = n1.place.resolve("cluster.properties");
            nodes.goOn(500);
            Files.delete(file);
            Files.createDirectories(file.resolve("in the way"));
            var reply = drain(nodes, n1, "n1");
            assertThat(reply.outcome()).isEqualTo(Outcome.NOT_REACHED);
            assertThat(reply.text()).startsWith("n1 cannot write that down, and nothing was changed");
            nodes.goOn(1_000);
            assertThat(isActive(n1)).isTrue();
            assertThat(n1.memory.rests()).isFalse();
            assertThat(resting(nodes, n1)).isEmpty();
        }
    }

    @Test
    void handsOverToTheNextOneWhenTheFirstDoesNotTakeOver() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            nodes.cut(all.get(2), 0);
            assertThat(drain(nodes, n1, "n1").outcome()).isEqualTo(Outcome.BEGUN);
            nodes.until(() -> isActive(all.get(1)));
            nodes.until(() -> !leadsAnything(n1));
        }
    }
}
