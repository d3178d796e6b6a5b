package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.segment.MemoryFileLayer;
import dev.godwit.storage.segment.Records;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two of three nodes are lost for good, and the third is made to decide alone. */
class SoleVoterTest {
    private static final int SHARDS = 3;
    private static final int SHARD = 1;
    private static final int OPEN = 3;
    private static final int WRITES_MAX = 200;

    private final List<Long> committed = new ArrayList<>();
    private final List<Long> open = new ArrayList<>();
    private HandHeldCluster cluster;
    private HandHeldNode survivor;
    private List<HandHeldNode> lost;

    /** The survivor knows that some entries are committed; of others it does not: the leader has them in no place but its memory. */
    @BeforeEach
    void loseTwoOfThree() throws Exception {
        cluster = HandHeldCluster.ofThree(SHARDS, HandHeldCluster.configuration(), 1 << 20);
        HandHeldNode leader = cluster.leader(SHARD);
        survivor = cluster.follower();
        HandHeldNode third = cluster.nodes().stream()
                .filter(node -> node != leader && node != survivor)
                .findFirst()
                .orElseThrow();
        lost = List.of(leader, third);
        for (int i = 0; i < 20; i++) {
            committed.add(leader.store(SHARD, Records.message(500, i)));
        }
        cluster.untilAllHaveAll();
        cluster.cutOff(third.name);
        for (int i = 20; i < 25; i++) {
            committed.add(leader.store(SHARD, Records.message(500, i)));
        }
        long known = committed.get(committed.size() - 1);
        cluster.until(() -> survivor.copy(SHARD).status().commitIndex() >= known);
        leader.holdDisk();
        for (int i = 0; i < OPEN; i++) {
            open.add(leader.log(SHARD).append(Records.message(500, 25 + i)));
        }
        long last = open.get(OPEN - 1);
        cluster.until(() -> survivor.copy(SHARD).status().durableIndex() == last);
        assertThat(survivor.copy(SHARD).status().commitIndex()).isLessThan(open.get(0));
        survivor.crash();
        lost.forEach(HandHeldNode::crash);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private void force(MemoryFileLayer files) throws Exception {
        try (var sole = SoleVoter.open(cluster.configuration, files, survivor.name, SHARDS)) {
            sole.make();
        }
    }

    private List<Long> all() {
        var all = new ArrayList<>(committed);
        all.addAll(open);
        return all;
    }

    private List<StoppedCopy> copies(MemoryFileLayer files) throws IOException {
        return StoppedCopies.of(files, SHARDS).copies();
    }

    @Test
    void saysWhatAStoppedNodeHasAndChangesNothing() throws Exception {
        MemoryFileLayer disk = survivor.files;
        MemoryFileLayer before = disk.copy();
        disk.hook((name, position, bytes) -> {
            throw new IOException(name + " is written");
        });
        StoppedCopies found = StoppedCopies.of(disk, SHARDS);
        assertThat(disk.names()).containsExactlyInAnyOrderElementsOf(before.names());
        for (String name : before.names()) {
            assertThat(disk.contentOf(name)).as(name).isEqualTo(before.contentOf(name));
        }
        assertThat(found.journalId()).isEqualTo(survivor.id().journalId());
        assertThat(found.losses()).isEmpty();
        assertThat(found.copies()).extracting(StoppedCopy::shard).containsExactly(0, 1, 2);
        StoppedCopy copy = found.copies().get(SHARD);
        assertThat(copy.lastIndex()).isEqualTo(open.get(OPEN - 1));
        assertThat(copy.committedIndex()).isLessThan(open.get(0));
        assertThat(copy.openEntries()).isGreaterThanOrEqualTo(OPEN);
        assertThat(copy.voters().voters()).contains(survivor.id()).hasSize(3);
        assertThat(copy.lastEpoch()).isPositive().isLessThanOrEqualTo(copy.promisedEpoch());
        assertThat(copy.repairing()).isFalse();
    }

    @Test
    void goesOnAloneWithAllThatItHasAndTakesOthersIn() throws Exception {
        List<StoppedCopy> before = copies(survivor.files);
        survivor.restart();
        cluster.goOn(5_000);
        assertThat(survivor.copy(SHARD).isServing()).as("alone of three voters").isFalse();
        survivor.crash();

        force(survivor.files);
        survivor.restart();
        for (int shard = 0; shard < SHARDS; shard++) {
            int number = shard;
            cluster.until(() -> survivor.copy(number).isServing());
            ShardCopyStatus status = survivor.copy(shard).status();
            assertThat(status.voters()).isEqualTo(Voters.of(survivor.id()));
            assertThat(status.epoch()).isGreaterThan(before.get(shard).promisedEpoch());
        }
        assertThat(survivor.alive(SHARD)).containsExactlyElementsOf(all());
        long[] indices = all().stream().mapToLong(Long::longValue).toArray();
        assertThat(survivor.read(SHARD, indices))
                .hasSize(indices.length)
                .containsEntry(committed.get(3), Records.message(500, 3))
                .containsEntry(open.get(OPEN - 1), Records.message(500, 25 + OPEN - 1));

        long after = survivor.store(SHARD, Records.message("after"));
        cluster.heal();
        for (HandHeldNode node : lost) {
            node.restartEmptied();
            cluster.join(node.name);
        }
        survivor.crash();
        HandHeldNode next = cluster.leader(SHARD);
        assertThat(next).isNotSameAs(survivor);
        assertThat(next.alive(SHARD))
                .hasSize(indices.length + 1)
                .contains(after)
                .containsAll(all());
    }

    /** A disk that dies before any of the writes, and then another try. */
    @Test
    void isDoneOnceMoreAfterACrashBetweenAnyTwoSteps() throws Exception {
        List<StoppedCopy> before = copies(survivor.files);
        var alone = Voters.of(survivor.id());
        int crashes = 0;
        for (int writes = 0; writes < WRITES_MAX; writes++) {
            MemoryFileLayer disk = survivor.files.copy();
            boolean died = forceUntil(disk, writes);
            MemoryFileLayer left = disk.copy();
            if (died) {
                crashes++;
                force(left);
            }
            List<StoppedCopy> after = copies(left);
            for (int shard = 0; shard < SHARDS; shard++) {
                StoppedCopy copy = after.get(shard);
                assertThat(copy.voters()).as("after %s writes", writes).isEqualTo(alone);
                assertThat(copy.lastIndex()).isEqualTo(before.get(shard).lastIndex() + 1);
                assertThat(copy.lastEpoch())
                        .isEqualTo(copy.promisedEpoch())
                        .isEqualTo(before.get(shard).promisedEpoch() + SoleVoter.EPOCHS_AHEAD);
            }
            if (!died) {
                assertThat(crashes).as("entries, and promises in two files").isGreaterThanOrEqualTo(1 + 2 * SHARDS);
                return;
            }
        }
        throw new AssertionError("there is no end to what is written");
    }

    /** Whether the disk died before it was done: after so many writes. */
    private boolean forceUntil(MemoryFileLayer disk, int writes) throws Exception {
        var count = new AtomicInteger();
        disk.hook((name, position, bytes) -> {
            if (count.getAndIncrement() >= writes) {
                throw new IOException("the disk died");
            }
        });
        try {
            force(disk);
            return false;
        } catch (IOException | JournalOpenException e) {
            assertThat(e).hasStackTraceContaining("the disk died");
            return true;
        }
    }

    @Test
    void makesACopyInRepairModeWhole() throws Exception {
        MemoryFileLayer disk = survivor.files;
        StoppedCopy whole = copies(disk).get(SHARD);
        var promises = Promises.open(disk, survivor.id().journalId(), false, Runnable::run, failure -> {});
        promises.write(SHARD, new HardState(whole.promisedEpoch() + 7, null, 5, true), () -> {});
        assertThat(copies(disk)).extracting(StoppedCopy::repairing).containsExactly(false, true, false);

        force(disk);
        StoppedCopy forced = copies(disk).get(SHARD);
        assertThat(forced.repairing()).isFalse();
        assertThat(forced.lastEpoch()).isEqualTo(whole.promisedEpoch() + 7 + SoleVoter.EPOCHS_AHEAD);
        survivor.restart();
        cluster.until(() -> survivor.copy(SHARD).isServing());
        assertThat(survivor.alive(SHARD)).containsExactlyElementsOf(all());
    }

    @Test
    void refusesAJournalThatNobodyHasTakenIn() throws Exception {
        HandHeldNode stranger = cluster.add("d");
        stranger.crash();
        ReplicaId id = stranger.id();
        assertThat(copies(stranger.files)).allMatch(copy -> copy.voters().equals(Voters.NONE));
        assertThatThrownBy(() -> SoleVoter.open(cluster.configuration, stranger.files, id.nodeId(), SHARDS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nobody has a vote in shard 0");
    }
}
