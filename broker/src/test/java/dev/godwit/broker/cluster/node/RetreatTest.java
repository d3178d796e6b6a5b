package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClusterControl.Outcome;
import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.storage.replication.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a node hands over, whatever stands half-way: with real copies on real journals. */
class RetreatTest {
    @TempDir
    private Path directory;

    private static List<HandHeldNodes.Node> begin(HandHeldNodes nodes) throws Exception {
        var all = nodes.ofThree();
        nodes.until(() -> all.get(0).notices.reached().size() == 2);
        nodes.goOn(1_500);
        return all;
    }

    private static boolean isActive(HandHeldNodes.Node node) {
        return node.activity.state() == ActivityState.ACTIVE;
    }

    private static boolean leadsAnything(HandHeldNodes.Node node) {
        return IntStream.range(0, HandHeldNodes.SHARDS).anyMatch(node::leads);
    }

    private static Outcome drain(HandHeldNodes nodes, HandHeldNodes.Node node) {
        var reply = node.operations.control().rest(node.name, true);
        nodes.until(reply::isDone);
        return reply.join().outcome();
    }

    private static Outcome move(HandHeldNodes nodes, HandHeldNodes.Node from, HandHeldNodes.Node to) {
        var reply = from.operations.control().moveTo(to.name);
        nodes.until(reply::isDone);
        return reply.join().outcome();
    }

    private static ClusterReport report(HandHeldNodes nodes, HandHeldNodes.Node asked) {
        var report = asked.operations.control().report();
        nodes.until(report::isDone);
        return report.join();
    }

    private static void awaitHandedOver(HandHeldNodes nodes, HandHeldNodes.Node from, HandHeldNodes.Node... to) {
        nodes.until(() -> List.of(to).stream().anyMatch(RetreatTest::isActive) && !leadsAnything(from));
    }

    /** Some shards are led elsewhere, and shard 0 is here. */
    @Test
    void handsOverWhatItLeadsWhenItDoesNotLeadAll() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            nodes.loop.run(() -> {
                n1.copies.get(1).transferTo(all.get(1).id());
                n1.copies.get(2).transferTo(all.get(2).id());
                n1.operations.onRestWanted(n1.identity(), true);
            });
            awaitHandedOver(nodes, n1, all.get(1), all.get(2));
        }
    }

    /** Shard 0 is led elsewhere, and some are here. */
    @Test
    void handsOverTheRestToWhoLeadsShardZero() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var n2 = all.get(1);
            assertThat(drain(nodes, n1)).isEqualTo(Outcome.BEGUN);
            nodes.loop.run(() -> {
                n1.copies.get(0).transferTo(n2.id());
                n1.copies.get(1).transferTo(all.get(2).id());
            });
            awaitHandedOver(nodes, n1, n2);
        }
    }

    @Test
    void handsOverToTheNextOneWhenTheFirstDoesNotTakeOver() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            nodes.cut(all.get(2), 0);
            assertThat(drain(nodes, n1)).isEqualTo(Outcome.BEGUN);
            awaitHandedOver(nodes, n1, all.get(1));
        }
    }

    @Test
    void handsOverToTheOtherOneWhenTheHeirDiesHalfWay() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1)).isEqualTo(Outcome.BEGUN);
            nodes.until(() -> !n1.leads(0));
            var heir = all.get(1).status(0).role() == Role.FOLLOWER ? all.get(2) : all.get(1);
            nodes.end(heir);
            awaitHandedOver(nodes, n1, heir == all.get(1) ? all.get(2) : all.get(1));
            nodes.goOn(3_000);
            assertThat(leadsAnything(n1)).isFalse();
        }
    }

    /** Who leads in its place dies, and the other one had not got all of it. */
    @Test
    void givesWhatItHasToTheOtherOneAndDoesNotServe() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1)).isEqualTo(Outcome.BEGUN);
            awaitHandedOver(nodes, n1, all.get(1), all.get(2));
            var second = isActive(all.get(1)) ? all.get(1) : all.get(2);
            var third = second == all.get(1) ? all.get(2) : all.get(1);
            nodes.until(() -> second.operations.rests("n1") && third.operations.rests("n1"));
            nodes.fallBehind(third);
            long appended = second.status(0).lastIndex();
            nodes.until(() -> n1.status(0).commitIndex() == appended);
            assertThat(third.status(0).lastIndex()).isLessThan(appended);
            int served = n1.done.size();
            nodes.end(second);
            nodes.heal();
            awaitHandedOver(nodes, n1, third);
            assertThat(third.status(0).commitIndex()).isGreaterThan(appended);
            assertThat(n1.done).as("begins to serve").hasSize(served);
            assertThat(n1.operations.rests("n1")).isTrue();
        }
    }

    @Test
    void goesOnToServeWhenNobodyTakesOverAndSaysWhy() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var n3 = all.get(2);
            nodes.fallBehind(n3);
            assertThat(move(nodes, n1, n3)).isEqualTo(Outcome.BEGUN);
            nodes.goOn(1_000);
            assertThat(report(nodes, n1).underway()).isEqualTo("n1 hands over to n3: n3 has not taken over");
            nodes.until(() -> report(nodes, n1).underway().isEmpty());
            assertThat(report(nodes, n1).failure())
                    .isEqualTo("n1 could not hand over to n3 within 10 s: n3 has not taken over");
            nodes.goOn(2_000);
            assertThat(isActive(n1)).isTrue();
            nodes.heal();
            assertThat(move(nodes, n1, n3)).isEqualTo(Outcome.BEGUN);
            assertThat(report(nodes, n1).failure()).isEmpty();
            awaitHandedOver(nodes, n1, n3);
        }
    }

    @Test
    void staysAtRestWhenAMoveIsGivenUp() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            var n3 = all.get(2);
            nodes.fallBehind(n3);
            assertThat(move(nodes, n1, n3)).isEqualTo(Outcome.BEGUN);
            nodes.loop.run(() -> n1.operations.onRestWanted(n1.identity(), true));
            awaitHandedOver(nodes, n1, all.get(1));
            assertThat(n1.operations.rests("n1")).isTrue();
        }
    }

    @Test
    void restsNoMoreWhenADrainCannotBeDone() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var all = begin(nodes);
            var n1 = all.get(0);
            assertThat(drain(nodes, n1)).isEqualTo(Outcome.BEGUN);
            nodes.loseNotices(n1);
            nodes.until(() -> !report(nodes, n1).failure().isEmpty());
            assertThat(report(nodes, n1).failure())
                    .startsWith("n1 could not hand over within 10 s: nobody can take over: ")
                    .contains("n2 is not connected")
                    .endsWith("; it rests no more");
            nodes.until(() -> !n1.memory.rests());
            nodes.goOn(1_000);
            assertThat(isActive(n1)).isTrue();
            assertThat(n1.operations.rests("n1")).isFalse();
        }
    }
}
