package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.cluster.node.Kinship.Kin;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.replica.SoleVoter;
import dev.godwit.storage.replica.StoppedCopy;
import dev.godwit.storage.replication.Voters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node is made to lead alone when a majority is lost: with real copies on real journals. */
class ForcedLeadTest {
    private static final UUID NEXT = new UUID(7, 8);

    @TempDir
    private Path directory;

    private static ForcedLead look(Path place) throws Exception {
        return ForcedLead.look(place, place, HandHeldNodes.SHARDS);
    }

    private static JournalConfiguration journal(Path place) {
        return JournalConfiguration.defaults(place).withSegmentBytes(1 << 20);
    }

    private static UUID clusterOf(Path place) throws IOException {
        return Objects.requireNonNull(RememberedCluster.read(place).clusterId());
    }

    /** What three nodes leave that have ended. */
    private static List<HandHeldNodes.Node> ended(HandHeldNodes nodes) throws Exception {
        var all = nodes.ofThree();
        nodes.until(() -> all.stream().allMatch(node -> node.memory.nodeIds().size() == all.size()));
        all.forEach(nodes::end);
        for (var node : all) {
            // What it remembers is written by a thread of its own.
            await().until(() -> RememberedCluster.read(node.place).places().size() == all.size());
        }
        return all;
    }

    @Test
    void leadsAloneAsANewClusterThatTakesOthersInAndNobodyOfTheOldOne() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var old = ended(nodes);
            var survivor = old.get(2);
            UUID before = clusterOf(survivor.place);
            var lead = look(survivor.place);
            assertThat(lead.refusal()).isNull();
            assertThat(lead.self()).isEqualTo(survivor.id());
            assertThat(lead.clusterId()).isEqualTo(before);
            assertThat(lead.found().copies()).hasSize(HandHeldNodes.SHARDS).allMatch(lead::votes);
            assertThat(lead.openEntries())
                    .isEqualTo(lead.found().copies().stream()
                            .mapToLong(copy -> copy.lastIndex() - copy.committedIndex())
                            .sum());
            assertThat(clusterOf(survivor.place)).as("nothing is changed").isEqualTo(before);

            UUID next = lead.take(journal(survivor.place));
            assertThat(next).isNotEqualTo(before).isEqualTo(clusterOf(survivor.place));
            assertThat(RememberedCluster.read(survivor.place).places()).isEmpty();

            var forced = nodes.again(survivor);
            nodes.until(() -> forced.activity.state() == ActivityState.ACTIVE);
            assertThat(forced.status(0).voters()).isEqualTo(Voters.of(forced.id()));

            for (var lost : old.subList(0, 2)) {
                var back = nodes.again(lost);
                nodes.goOn(5_000);
                assertThat(nodes.on(() -> forced.kinship.of(back.profile(false))))
                        .isEqualTo(Kin.FOREIGN);
                assertThat(nodes.on(() -> back.kinship.of(forced.profile(false))))
                        .isEqualTo(Kin.FOREIGN);
            }
            assertThat(forced.activity.state())
                    .as("the other two are a majority of the old cluster again")
                    .isEqualTo(ActivityState.ACTIVE);
            assertThat(forced.status(0).voters()).isEqualTo(Voters.of(forced.id()));
        }
    }

    @Test
    void takesEmptiedNodesIn() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var survivor = ended(nodes).get(1);
            look(survivor.place).take(journal(survivor.place));
            var forced = nodes.again(survivor);
            nodes.until(() -> forced.activity.state() == ActivityState.ACTIVE);
            var first = nodes.add("n1");
            var third = nodes.add("n3");
            nodes.until(() -> forced.isVoter(first) && forced.isVoter(third));
            nodes.until(() -> clusterOf(forced).equals(third.memory.clusterId()));
            nodes.end(forced);
            nodes.until(() ->
                    first.activity.state() == ActivityState.ACTIVE || third.activity.state() == ActivityState.ACTIVE);
        }
    }

    private static UUID clusterOf(HandHeldNodes.Node node) {
        return Objects.requireNonNull(node.memory.clusterId());
    }

    private interface Steps {
        void take(Path place) throws Exception;
    }

    /** Whatever was done when the process died: the node does not start, and who does it again ends what was begun. */
    @Test
    void doesNotStartHalfWayAndGoesOnWhereItStopped() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var survivor = ended(nodes).get(2);
            Steps mark = place -> ForcingMark.write(place, NEXT);
            Steps vote = place -> {
                mark.take(place);
                try (var voter = SoleVoter.open(journal(place), "n3", HandHeldNodes.SHARDS)) {
                    voter.make();
                }
            };
            Steps remember = place -> {
                vote.take(place);
                RememberedCluster.read(place)
                        .founded(NEXT, survivor.id().journalId())
                        .write(place);
            };
            for (Steps done : List.of(mark, vote, remember)) {
                Path place = copyOf(survivor.place);
                done.take(place);
                assertThatIOException()
                        .isThrownBy(() -> new ClusterMemory(place))
                        .withMessageContaining("force-lead` was begun on " + place)
                        .withMessageContaining("run it again");

                var lead = look(place);
                assertThat(lead.refusal()).isNull();
                assertThat(lead.begunId()).isEqualTo(NEXT);
                assertThat(lead.take(journal(place))).isEqualTo(NEXT).isEqualTo(clusterOf(place));
                new ClusterMemory(place).close();
                var forced = look(place);
                assertThat(forced.begunId()).isNull();
                assertThat(forced.found().copies())
                        .extracting(StoppedCopy::voters)
                        .containsOnly(Voters.of(survivor.id()));
                assertThat(forced.found().copies().get(0).lastIndex())
                        .as("done once")
                        .isEqualTo(look(survivor.place).found().copies().get(0).lastIndex() + 1);
                assertThat(forced.refusal()).contains("decides alone already");
            }
        }
    }

    private Path copyOf(Path place) throws IOException {
        Path copy = Files.createTempDirectory(directory, "copy");
        try (var files = Files.list(place)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    @Test
    void refusesWhereThereIsNothingToForce() throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var founder = nodes.found("n1");
            assertThatThrownBy(() -> look(founder.place))
                    .isInstanceOfSatisfying(JournalOpenException.class, running -> assertThat(running.reason())
                            .isEqualTo(JournalOpenException.Reason.LOCKED));
            nodes.end(founder);
            var stranger = nodes.add("n2");
            nodes.goOn(1_000);
            nodes.end(stranger);

            var alone = look(founder.place);
            assertThat(alone.refusal()).contains("decides alone already");
            assertThatThrownBy(() -> alone.take(journal(founder.place))).isInstanceOf(IllegalStateException.class);
            assertThat(look(stranger.place).refusal()).contains("no node of a cluster has taken this one in");
            assertThat(look(stranger.place).self()).isNull();
        }
    }

    @Test
    void refusesAMarkThatMakesNoSense() throws IOException {
        Files.writeString(directory.resolve("force-lead.mark"), "nonsense");
        assertThatIOException()
                .isThrownBy(() -> ForcingMark.read(directory))
                .withMessageContaining("force-lead.mark makes no sense");
    }
}
