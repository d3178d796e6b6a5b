package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClientUri;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who keeps copies: with real copies on real journals. */
class GrowthTest {
    @TempDir
    private Path directory;

    private final List<HandHeldNodes.Node> voters = new ArrayList<>();

    /** Four nodes, three of which keep copies; returns the one that does not. */
    private HandHeldNodes.Node begin(HandHeldNodes nodes) throws Exception {
        var all = List.of(nodes.found("n1"), nodes.add("n2"), nodes.add("n3"), nodes.add("n4"));
        nodes.goOn(4_000);
        nodes.until(() -> {
            var leader = nodes.leader(0);
            return leader != null && hasSettled(leader, all);
        });
        return all.stream().filter(node -> !voters.contains(node)).findFirst().orElseThrow();
    }

    private boolean hasSettled(HandHeldNodes.Node leader, List<HandHeldNodes.Node> all) {
        voters.clear();
        all.stream().filter(leader::isVoter).forEach(voters::add);
        return voters.size() == 3 && all.stream().filter(leader::keeps).count() == 3;
    }

    private void lead(HandHeldNodes nodes, HandHeldNodes.Node from, HandHeldNodes.Node to) {
        nodes.loop.run(() -> from.copies.get(0).transferTo(to.id()));
        nodes.until(() -> to.activity.state() == ActivityState.ACTIVE);
    }

    @Test
    void waitsForALostNodeAsLongAsItIsToldAlsoWhenItHasLedBefore() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var spare = begin(nodes);
            var first = Objects.requireNonNull(nodes.leader(0));
            voters.remove(first);
            var second = voters.get(0);
            var lost = voters.get(1);
            lead(nodes, first, second);
            nodes.goOn(2 * HandHeldNodes.REPLACE_AFTER_MILLIS);
            nodes.leave(lost);
            lead(nodes, second, first);
            nodes.goOn(HandHeldNodes.REPLACE_AFTER_MILLIS / 2);
            assertThat(first.keeps(spare)).isFalse();
            nodes.until(() -> first.isVoter(spare));
        }
    }

    @Test
    void forgetsANodeThatKeepsNothingAndIsGoneForLong() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var spare = begin(nodes);
            var leader = Objects.requireNonNull(nodes.leader(0));
            voters.remove(leader);
            var voter = voters.get(0);
            var former = voters.get(1);
            var place = ClientUri.parse("amqp://" + former.name + ":5672");
            nodes.leave(former);
            nodes.until(() -> leader.isVoter(spare));
            nodes.comeBack(former);
            nodes.until(() -> voter.memory.clientPlaces().contains(place));
            nodes.leave(former);
            nodes.leave(spare);
            nodes.goOn(HandHeldNodes.REPLACE_AFTER_MILLIS / 2);
            assertThat(voter.memory.clientPlaces()).hasSize(4);
            nodes.until(() -> !voter.memory.clientPlaces().contains(place));
            assertThat(voter.memory.clientPlaces())
                    .as("who keeps copies stays known")
                    .hasSize(3);
        }
    }

    @Test
    void leavesAllToTheFirstNodeWhileThereAreTwo() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var first = nodes.found("n1");
            var second = nodes.add("n2");
            nodes.goOn(10_000);
            assertThat(first.activity.state()).isEqualTo(ActivityState.ACTIVE);
            assertThat(first.keeps(second)).isFalse();
        }
    }

    /** Who leads shard 0 is to lead all: he may not be elected before he votes on the others. */
    @Test
    void hasNodesVoteOnShardZeroLast() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var first = nodes.found("n1");
            var second = nodes.add("n2");
            var third = nodes.add("n3");
            nodes.cut(third, 2);
            nodes.until(() -> first.status(1).voters().voters().size() == 3);
            nodes.goOn(5_000);
            assertThat(first.status(2).voters().voters()).containsExactly(first.id());
            assertThat(first.status(0).voters().voters()).containsExactly(first.id());
            nodes.heal();
            nodes.until(() -> first.isVoter(second) && first.isVoter(third));
        }
    }

    /** As it was left by who placed copies in another order. */
    @Test
    void handsShardZeroBackWhereItDoesNotVoteOnAll() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var first = nodes.found("n1");
            var second = nodes.add("n2");
            var third = nodes.add("n3");
            nodes.cut(third, 2);
            nodes.until(() -> first.status(1).voters().voters().size() == 3);
            nodes.until(() -> first.status(0).matchedIndices().containsKey(second.id()));
            var next = first.status(0).voters().withVoter(second.id());
            nodes.loop.run(() -> first.copies.get(0).changeVoters(next));
            nodes.until(() -> first.status(0).votersCommitted());
            nodes.loop.run(() -> first.copies.get(0).transferTo(second.id()));
            nodes.until(() -> second.leads(0));
            nodes.until(() -> first.activity.state() == ActivityState.ACTIVE);
        }
    }
}
