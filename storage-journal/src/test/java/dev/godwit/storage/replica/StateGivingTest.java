package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.Records;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A copy that needs what is not kept any more is given the state. Three nodes, each with its journal. */
class StateGivingTest {
    private static final int SHARD = 1;

    /** Nothing is kept for who is away for long; when it is back, it is given what is alive, and the log behind that. */
    @Test
    void givesTheStateToWhoWasAwayForTooLong() throws Exception {
        JournalConfiguration shortTail = HandHeldCluster.configuration().withLogTail(2 * 64 * 1024);
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, shortTail, 16 << 10)) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode away = cluster.follower();
            long early = leader.store(SHARD, Records.message("early"));
            cluster.untilAllHaveAll();
            away.crash();
            List<Long> alive = new ArrayList<>(List.of(early));
            for (int round = 0; round < 8; round++) {
                cluster.consume(SHARD, 20);
                alive.add(leader.store(SHARD, Records.message(300_000, round)));
                cluster.goOn(4_000);
            }
            long covered = leader.copy(SHARD).status().coverIndex();
            assertThat(covered).isGreaterThan(early + 100);
            assertThat(leader.journal().statistics().segmentBytes())
                    .isLessThan(3 * leader.journal().statistics().liveBytes());
            int pieces = cluster.piecesSent;
            away.restart();
            cluster.until(() -> away.copy(SHARD).status().coverIndex() >= covered);
            cluster.untilAllHaveAll();
            assertThat(cluster.piecesSent).isGreaterThan(pieces + 8);
            cluster.until(() -> leader.journal().statesUnderWay() == 0);
            leader.crash();
            alive.add(cluster.leader(SHARD).store(SHARD, Records.message("later")));
            leader.restart();
            cluster.untilAllHaveAll();
            away.restart();
            cluster.untilAllHaveAll();
            for (HandHeldNode node : cluster.nodes()) {
                assertThat(node.alive(SHARD)).containsExactlyElementsOf(alive);
            }
        }
    }

    /** The disk of a node was emptied: it comes as another one, for all shards, a few of which are given at a time. */
    @Test
    void givesAllShardsToWhoHasNothing() throws Exception {
        int shards = 6;
        JournalConfiguration shortTail = HandHeldCluster.configuration().withLogTail(0);
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(shards, shortTail, 16 << 10)) {
            HandHeldNode leader = cluster.node("a");
            List<Long> alive = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                assertThat(cluster.leader(shard)).isSameAs(leader);
                cluster.consume(shard, 10);
                alive.add(leader.store(shard, Records.message(200_000, shard)));
            }
            cluster.goOn(2_500);
            HandHeldNode lost = cluster.node("c");
            ReplicaId before = lost.id();
            lost.crash();
            cluster.consume(SHARD, 5);
            lost.restartEmptied();
            assertThat(lost.id()).isNotEqualTo(before);
            int[] most = new int[1];
            cluster.watch(() -> most[0] = Math.max(most[0], leader.journal().statesUnderWay()));
            cluster.replace("c", before);
            cluster.watch(() -> {});
            assertThat(most[0]).isEqualTo(2);
            cluster.untilAllHaveAll();
            cluster.until(() -> leader.journal().statesUnderWay() == 0);
            leader.crash();
            for (int shard = 0; shard < shards; shard++) {
                HandHeldNode next = cluster.leader(shard);
                assertThat(next.copy(shard).status().voters().voters())
                        .contains(lost.id())
                        .doesNotContain(before);
                assertThat(lost.alive(shard)).containsExactly(alive.get(shard));
            }
        }
    }

    /** Whoever sends, or takes, is killed on the way: another transfer begins. */
    @Test
    void beginsAgainWhenEitherSideDiesWhileAStateIsOnItsWay() throws Exception {
        JournalConfiguration shortTail = HandHeldCluster.configuration().withLogTail(0);
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(1, shortTail, 16 << 10)) {
            HandHeldNode leader = cluster.leader(0);
            List<Long> alive = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                alive.add(leader.store(0, Records.message(200_000, i)));
            }
            cluster.goOn(2_500);
            HandHeldNode lost = cluster.node("c");
            ReplicaId before = lost.id();
            lost.restartEmptied();
            cluster.change(0, voters -> voters.withLearner(lost.id()));
            cluster.until(() -> cluster.piecesSent > 6);
            lost.restart();
            assertThat(lost.copy(0).status().coverIndex()).isZero();
            int pieces = cluster.piecesSent;
            cluster.until(() -> cluster.piecesSent > pieces + 6);
            leader.restart();
            assertThat(lost.copy(0).status().coverIndex()).isZero();
            cluster.leader(0);
            cluster.until(() -> lost.copy(0).status().coverIndex() > 0);
            cluster.change(0, voters -> voters.without(before));
            cluster.change(0, voters -> voters.withVoter(lost.id()));
            cluster.untilAllHaveAll();
            lost.restart();
            cluster.untilAllHaveAll();
            assertThat(lost.alive(0)).containsExactlyElementsOf(alive);
        }
    }
}
