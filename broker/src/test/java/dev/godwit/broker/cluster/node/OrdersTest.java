package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClusterControl;
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
            HandHeldNodes nodes, HandHeldNodes.Node node, Function<ClusterControl, CompletableFuture<T>> order) {
        return await(nodes, order.apply(node.operations.control()));
    }

    private static <T> T await(HandHeldNodes nodes, CompletableFuture<T> reply) {
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
        return ask(nodes, asked, ClusterControl::report).nodes().stream()
                .filter(NodeLine::resting)
                .map(NodeLine::nodeId)
                .toList();
    }

    /** Two others that n1 knows to be there, and up to date. */
    private static List<HandHeldNodes.Node> begin(HandHeldNodes nodes) throws Exception {
        var all = nodes.ofThree();
        var n1 = all.get(0);
        nodes.until(() -> n1.notices.reached().size() == 2);
        nodes.goOn(1_500);
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
            nodes.until(() -> second.operations.rests("n1"));
            assertThat(resting(nodes, second)).containsExactly("n1");
            assertThat(drain(nodes, second, "n1")).isEqualTo(new Reply(Outcome.BEGUN, "n1 rests already"));

            var again = nodes.restart(n1);
            nodes.until(() -> second.notices.reached().contains(again.id()));
            assertThat(again.operations.rests("n1")).isTrue();
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
            assertThat(drain(nodes, n1, "n2")).isEqualTo(new Reply(Outcome.BEGUN, "n2 rests"));
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
            assertThat(undo(nodes, n1, "n3"))
                    .isEqualTo(new Reply(Outcome.NOT_REACHED, "n3 is not connected; nothing was changed"));
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

    /** As when Hazelcast has not begun, or has ended. */
    @Test
    void needsNobodyToTellWhoIsHere() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            all.forEach(node -> node.blind = true);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1, "n1").outcome()).isEqualTo(Outcome.BEGUN);
            var second = awaitActive(nodes, all.get(1), all.get(2));
            nodes.until(() -> resting(nodes, second).equals(List.of("n1")));
            assertThat(undo(nodes, second, "n1").outcome()).isEqualTo(Outcome.BEGUN);
            assertThat(move(nodes, second, "n1").outcome()).isEqualTo(Outcome.BEGUN);
            nodes.until(() -> isActive(n1));
        }
    }

    @Test
    void ofTwoDrainsAtOnceTheSecondIsRefused() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var control = n1.operations.control();
            var one = control.rest("n2", true);
            var two = control.rest("n3", true);
            var three = control.rest("n1", true);
            assertThat(await(nodes, one)).isEqualTo(new Reply(Outcome.BEGUN, "n2 rests"));
            for (var refused : List.of(two, three)) {
                assertThat(await(nodes, refused).outcome()).isEqualTo(Outcome.REFUSED);
                assertThat(await(nodes, refused).text()).startsWith("at rest already: n2; ");
            }
            nodes.goOn(5_000);
            assertThat(resting(nodes, n1)).containsExactly("n2");
            assertThat(isActive(n1)).isTrue();
        }
    }

    @Test
    void ofADrainAndAnotherOneOfTheNodeThatHandsOverTheSecondIsRefused() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var one = n1.operations.control().rest("n1", true);
            var two = n1.operations.control().rest("n2", true);
            assertThat(await(nodes, one).outcome()).isEqualTo(Outcome.BEGUN);
            assertThat(await(nodes, two).text()).startsWith("at rest already: n1; ");
            var second = awaitActive(nodes, all.get(1), all.get(2));
            nodes.until(() -> resting(nodes, second).equals(List.of("n1")));
        }
    }

    @Test
    void ofADrainAndAMoveAtOnceTheSecondIsRefused() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var one = n1.operations.control().rest("n1", true);
            var two = n1.operations.control().moveTo("n2");
            assertThat(await(nodes, one).outcome()).isEqualTo(Outcome.BEGUN);
            assertThat(await(nodes, two))
                    .isEqualTo(new Reply(
                            Outcome.REFUSED, "n1 is about to rest; ask again when that is done; nothing was changed"));
        }
    }

    @Test
    void refusesWhateverComesWhileItHandsOverToSomebody() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            nodes.fallBehind(all.get(2));
            assertThat(move(nodes, n1, "n3")).isEqualTo(new Reply(Outcome.BEGUN, "n1 hands over to n3"));
            assertThat(move(nodes, n1, "n3").outcome()).isEqualTo(Outcome.BEGUN);
            for (var refused : List.of(drain(nodes, n1, "n3"), drain(nodes, n1, "n1"), move(nodes, n1, "n2"))) {
                assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
                assertThat(refused.text())
                        .startsWith("n1 hands over to n3")
                        .endsWith("; ask again when that is done; nothing was changed");
            }
            assertThat(resting(nodes, n1)).isEmpty();
        }
    }

    @Test
    void tellsANodeAgainThatDidNotHearIt() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var n2 = all.get(1);
            nodes.silence(n1, n2);
            var reply = n1.operations.control().rest("n2", true);
            nodes.goOn(1_000);
            assertThat(reply).isNotDone();
            assertThat(n2.operations.rests("n2")).isFalse();
            nodes.heal();
            assertThat(await(nodes, reply)).isEqualTo(new Reply(Outcome.BEGUN, "n2 rests"));

            nodes.silence(n2, n1);
            assertThat(undo(nodes, n1, "n2"))
                    .isEqualTo(new Reply(
                            Outcome.NOT_REACHED,
                            "n2 was told, and has not said within 5 s that it may lead; its log may say why"));
            nodes.heal();
            nodes.until(() -> !n1.operations.rests("n2"));
        }
    }

    /** The order comes late: another node leads meanwhile, and decides what may be. */
    @Test
    void doesNotFollowWhoDoesNotLead() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n2 = all.get(1);
            nodes.loop.run(() -> n2.operations.onRestWanted(all.get(2).identity(), true));
            nodes.goOn(1_000);
            assertThat(n2.operations.rests("n2")).isFalse();
            nodes.loop.run(() -> n2.operations.onRestWanted(all.get(0).identity(), true));
            nodes.until(() -> n2.operations.rests("n2"));
        }
    }

    /** Two orders that did not know of each other. */
    @Test
    void theLastOfTooManyThatRestIsWoken() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            nodes.loop.run(() -> all.get(1).operations.onRestWanted(n1.identity(), true));
            nodes.until(() -> n1.operations.rests("n2"));
            nodes.loop.run(() -> all.get(2).operations.onRestWanted(n1.identity(), true));
            nodes.until(() -> n1.operations.rests("n3"));
            nodes.until(() -> !n1.operations.rests("n3"));
            nodes.goOn(3_000);
            assertThat(resting(nodes, n1)).containsExactly("n2");
            assertThat(all.get(2).memory.rests()).isFalse();
        }
    }
}
