package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.segment.Records;
import org.junit.jupiter.api.Test;

/** What is kept of a log for other copies, and what is not. Three nodes, each with its journal. */
class CoveringTest {
    private static final int SHARD = 1;

    /** One node keeps the rest from it by being down. */
    @Test
    void freesWhatAllHaveAndNothingElse() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, HandHeldCluster.configuration(), 16 << 10)) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.consume(SHARD, 100);
            cluster.untilAllHaveAll();
            cluster.goOn(1_500);
            cluster.consume(SHARD, 10);
            cluster.until(() -> cluster.nodes().stream()
                    .allMatch(node -> node.copy(SHARD).status().coverIndex() > 150));
            cluster.consume(SHARD, 10);
            cluster.untilAllHaveAll();
            cluster.until(() -> cluster.nodes().stream()
                    .allMatch(node -> node.journal().statistics().segments() < 6));

            HandHeldNode down = cluster.follower();
            down.crash();
            cluster.consume(SHARD, 60);
            cluster.goOn(3_000);
            cluster.consume(SHARD, 60);
            assertThat(leader.journal().statistics().segments()).isGreaterThan(12);
            down.restart();
            cluster.untilAllHaveAll();
            cluster.goOn(2_500);
            cluster.consume(SHARD, 10);
            cluster.until(() -> leader.journal().statistics().segments() < 8);
            leader.crash();
            HandHeldNode next = cluster.leader(SHARD);
            assertThat(next.alive(SHARD)).isEmpty();
            leader.restart();
            cluster.untilAllHaveAll();
            assertThat(leader.alive(SHARD)).isEmpty();
            assertThat(leader.copy(SHARD).status().voters().voters()).hasSize(3);
        }
    }

    /** Nobody is waited for any more, but for those that may come in its place. */
    @Test
    void goesOnFreeingWhenTheOneThatIsLostWasRemoved() throws Exception {
        try (HandHeldCluster cluster =
                HandHeldCluster.ofThree(2, HandHeldCluster.configuration().withLogTail(0), 16 << 10)) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.consume(SHARD, 30);
            cluster.until(() -> leader.copy(SHARD).status().coverIndex() > 60);
            HandHeldNode lost = cluster.follower();
            lost.crash();
            cluster.consume(SHARD, 60);
            cluster.goOn(2_500);
            long held = leader.copy(SHARD).status().coverIndex();
            assertThat(held).isLessThan(leader.copy(SHARD).status().commitIndex() - 100);
            cluster.remove(SHARD, lost.id());
            cluster.remove(0, lost.id());
            cluster.until(() -> cluster.nodes().stream()
                    .filter(HandHeldNode::isUp)
                    .allMatch(node -> node.copy(SHARD).status().coverIndex() > held + 100));
            cluster.consume(SHARD, 10);
            cluster.until(() -> leader.journal().statistics().segments() < 8);
        }
    }

    /** What it has is not all that it knows to be the leader's, and that is less than what is covered. */
    @Test
    void needsNothingWhenItIsRestartedWhileNobodyWrites() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, HandHeldCluster.configuration(), 16 << 10)) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode follower = cluster.follower();
            cluster.consume(SHARD, 100);
            cluster.untilAllHaveAll();
            cluster.goOn(2_500);
            cluster.consume(SHARD, 10);
            cluster.untilAllHaveAll();
            cluster.goOn(2_500);
            assertThat(leader.copy(SHARD).status().coverIndex())
                    .isEqualTo(leader.copy(SHARD).status().lastIndex());
            follower.restart();
            cluster.goOn(1_500);
            assertThat(cluster.leader(SHARD)).isSameAs(leader);
            assertThat(cluster.piecesSent).isZero();
            leader.store(SHARD, Records.message("after"));
            cluster.untilAllHaveAll();
        }
    }

    /** Who was only shortly away is given the log. */
    @Test
    void givesTheLogToWhoWasAwayForAMoment() throws Exception {
        JournalConfiguration longTail = HandHeldCluster.configuration().withLogTail(100 * 64 * 1024);
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, longTail, 16 << 10)) {
            HandHeldNode away = cluster.follower();
            cluster.untilAllHaveAll();
            away.crash();
            cluster.consume(SHARD, 40);
            cluster.goOn(30_000);
            int pieces = cluster.piecesSent;
            away.restart();
            cluster.untilAllHaveAll();
            assertThat(cluster.piecesSent).isEqualTo(pieces);
        }
    }
}
