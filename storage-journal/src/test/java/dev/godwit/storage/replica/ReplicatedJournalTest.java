package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.ChangeAnswer;
import dev.godwit.storage.replication.ReplicaMessage;
import dev.godwit.storage.replication.ReplicationSettings;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.segment.RecordedReplay;
import dev.godwit.storage.segment.Records;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, each with its journal, and the lines between them in the hands of the test. */
class ReplicatedJournalTest {
    private static final int SHARD = 1;

    @Test
    void bringsWhatIsAppendedToAllCopies() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            long kept = leader.store(SHARD, Records.message("kept"));
            long removed = leader.store(SHARD, Records.message("removed"));
            leader.store(SHARD, Records.removed(removed));
            long large = leader.store(SHARD, Records.message(200_000, 3));
            cluster.untilAllHaveAll();
            for (HandHeldNode node : cluster.nodes()) {
                assertThat(node.alive(SHARD)).containsExactly(kept, large);
                assertThat(node.alive(0)).isEmpty();
            }
            assertThat(leader.read(SHARD, kept, large))
                    .containsEntry(kept, Records.message("kept"))
                    .containsEntry(large, Records.message(200_000, 3));
        }
    }

    @Test
    void bringsWhatIsAppendedInOneTurnInOneMessage() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            ShardLog log = leader.log(SHARD);
            cluster.untilAllHaveAll();
            long before = leader.copy(SHARD).status().lastIndex();
            for (int i = 1; i <= 50; i++) {
                assertThat(log.append(Records.message("one of many"))).isEqualTo(before + i);
            }
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(before);
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(before + 50);
            assertThat(leader.seat(SHARD).committed).isLessThanOrEqualTo(before);
            cluster.until(() -> leader.seat(SHARD).committed == before + 50);
        }
    }

    @Test
    void letsWhatIsLazyWaitForATickOrForWhatIsNot() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            long first = leader.log(SHARD).appendLazily(Records.message("lazy"));
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(first - 1);
            leader.tick();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(first);
            cluster.until(() -> leader.seat(SHARD).committed >= first);
            leader.log(SHARD).appendLazily(Records.message("lazy"));
            leader.log(SHARD).append(Records.message("not lazy"));
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(first + 2);
        }
    }

    @Test
    void confirmsNothingThatNoMajorityHas() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode.Seat seat = leader.seat(SHARD);
            cluster.cutOff(leader.name);
            ShardLog log = leader.log(SHARD);
            long index = log.append(Records.message("alone"));
            cluster.until(() -> seat.lost == 1);
            assertThat(seat.commits).allMatch(committed -> committed < index);
            assertThatThrownBy(() -> log.append(Records.message("too late"))).isInstanceOf(IllegalStateException.class);
            assertThat(leader.copy(SHARD).isServing()).isFalse();

            HandHeldNode next = cluster.leader(SHARD);
            long instead = next.store(SHARD, Records.message("instead"));
            cluster.heal();
            cluster.untilAllHaveAll();
            for (HandHeldNode node : cluster.nodes()) {
                assertThat(node.alive(SHARD)).containsExactly(instead);
            }
            assertThat(cluster.leader(SHARD).read(SHARD, instead)).containsEntry(instead, Records.message("instead"));
        }
    }

    @Test
    void goesOnAtAnotherNodeWithAllThatWasConfirmed() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            List<Long> confirmed = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                confirmed.add(leader.log(SHARD).append(Records.message(500, i)));
            }
            cluster.until(() -> leader.seat(SHARD).committed >= confirmed.get(199));
            leader.store(SHARD, Records.removed(confirmed.get(7)));
            leader.crash();
            confirmed.remove(7);

            HandHeldNode next = cluster.leader(SHARD);
            assertThat(next).isNotSameAs(leader);
            assertThat(next.alive(SHARD)).containsExactlyElementsOf(confirmed);
            long[] all = confirmed.stream().mapToLong(Long::longValue).toArray();
            assertThat(next.read(SHARD, all)).hasSize(199).containsEntry(confirmed.get(100), Records.message(500, 101));
            next.store(SHARD, Records.message("goes on"));
        }
    }

    /** What is in memory is 16 KiB, and what it has missed is half a megabyte. */
    @Test
    void givesAFollowerThatWasAwayWhatItMissedFromTheFiles() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, HandHeldCluster.configuration(), 16 << 10)) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode away = cluster.follower();
            cluster.cutOff(away.name);
            List<Long> confirmed = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                confirmed.add(leader.log(SHARD).append(Records.message(1_000, i)));
                if (i % 20 == 19) {
                    cluster.until(() -> leader.seat(SHARD).committed >= confirmed.get(confirmed.size() - 1));
                }
            }
            confirmed.add(leader.store(SHARD, Records.message(300_000, 9)));
            assertThat(away.copy(SHARD).status().lastIndex()).isLessThan(confirmed.get(0));
            cluster.heal();
            cluster.untilAllHaveAll();
            assertThat(away.alive(SHARD)).containsExactlyElementsOf(confirmed);
        }
    }

    @Test
    void goesOnWhenAllWereStopped() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            long first = leader.store(SHARD, Records.message("before"));
            long definition = cluster.leader(0).store(0, Records.stored("orders", "{}"));
            long epoch = leader.copy(SHARD).status().epoch();
            for (HandHeldNode node : cluster.nodes()) {
                node.crash();
            }
            for (HandHeldNode node : cluster.nodes()) {
                node.restart();
            }
            HandHeldNode next = cluster.leader(SHARD);
            assertThat(next.copy(SHARD).status().epoch()).isGreaterThan(epoch);
            assertThat(next.copy(SHARD).status().voters().voters()).hasSize(3);
            long second = next.store(SHARD, Records.message("after"));
            cluster.untilAllHaveAll();
            for (HandHeldNode node : cluster.nodes()) {
                assertThat(node.alive(SHARD)).containsExactly(first, second);
                assertThat(node.alive(0)).containsExactly(definition);
            }
        }
    }

    @Test
    void isAsGoodWhenMessagesAreLost() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            cluster.lose(20);
            List<JournalRecord> sent = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                JournalRecord record = Records.message(2_000, i);
                sent.add(record);
                cluster.leader(SHARD).store(SHARD, record);
            }
            cluster.heal();
            cluster.untilAllHaveAll();
            HandHeldNode leader = cluster.leader(SHARD);
            long[] alive =
                    leader.alive(SHARD).stream().mapToLong(Long::longValue).toArray();
            assertThat(leader.read(SHARD, alive).values()).containsExactlyElementsOf(sent);
        }
    }

    @Test
    void doesNotWaitForAFollowerWhoseDiskIsSlow() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode slow = cluster.otherThan(leader);
            cluster.untilAllHaveAll();
            slow.holdDisk();
            long last = 0;
            for (int i = 0; i < 30; i++) {
                last = leader.store(SHARD, Records.message(1_000, i));
            }
            assertThat(slow.copy(SHARD).status().durableIndex()).isLessThan(last - 28);
            slow.freeDisk();
            cluster.untilAllHaveAll();
        }
    }

    /** Its own copy counts like any other, and is not needed. What others have on their disks can be read when it has it, too. */
    @Test
    void doesNotWaitForTheDiskOfTheLeaderEither() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.untilAllHaveAll();
            leader.holdDisk();
            long index = leader.store(SHARD, Records.message("elsewhere"));
            assertThat(leader.copy(SHARD).status().durableIndex()).isLessThan(index);
            leader.freeDisk();
            assertThat(leader.read(SHARD, index)).containsEntry(index, Records.message("elsewhere"));
        }
    }

    @Test
    void findsWhatWasConfirmedAMomentAgo() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            for (int i = 0; i < 200; i++) {
                long index = leader.store(SHARD, Records.message(300, i));
                assertThat(leader.read(SHARD, index)).containsEntry(index, Records.message(300, i));
            }
        }
    }

    @Test
    void takesNoMoreThanMayWaitForAMajority() throws Exception {
        JournalConfiguration small = HandHeldCluster.configuration().withPendingBytes(20_000, 40_000);
        try (HandHeldCluster cluster = HandHeldCluster.ofThree(2, small, 1 << 20)) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.untilAllHaveAll();
            ShardLog log = leader.log(SHARD);
            cluster.cutOff(leader.name);
            int taken = 0;
            long last = 0;
            try {
                for (; taken < 100; taken++) {
                    last = log.append(Records.message(1_000, taken));
                    leader.turn();
                }
            } catch (JournalFullException e) {
                assertThat(e).hasMessageContaining("awaiting");
            }
            assertThat(taken).isBetween(35, 40);
            cluster.until(() -> leader.journal().statistics().pendingBytes() == 0);
            assertThat(log.isCongested()).isTrue();
            assertThat(leader.journal().isCongested()).isTrue();
            assertThatThrownBy(() -> log.append(Records.message(1_000, 1)))
                    .isInstanceOf(JournalFullException.class)
                    .hasMessageContaining("majority");
            log.appendLazily(Records.removed(last));
            cluster.heal();
            long all = last + 1;
            cluster.until(() -> leader.seat(SHARD).committed >= all);
            assertThat(log.isCongested()).isFalse();
            assertThat(leader.journal().openBytes()).isZero();
        }
    }

    @Test
    void givesBackWhatWaitedWhenItLeadsNoMore() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.cutOff(leader.name);
            leader.log(SHARD).append(Records.message(1_000, 1));
            leader.turn();
            leader.log(SHARD).append(Records.message(1_000, 2));
            assertThat(leader.journal().openBytes()).isGreaterThan(2_000);
            cluster.until(() -> leader.seat(SHARD).lost == 1);
            assertThat(leader.journal().openBytes()).isZero();
            cluster.until(() -> leader.journal().statistics().pendingBytes() == 0);
        }
    }

    @Test
    void handsOverWithoutLosingWhatIsAppendedMeanwhile() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode next = cluster.otherThan(leader);
            long before = leader.log(SHARD).append(Records.message("before"));
            assertThat(leader.copy(SHARD).transferTo(next.id())).isEqualTo(ChangeAnswer.BEGUN);
            long meanwhile = leader.log(SHARD).append(Records.message("meanwhile"));
            cluster.until(() -> next.copy(SHARD).isServing());
            cluster.until(() -> leader.seat(SHARD).lost == 1);
            assertThat(leader.seat(SHARD).commits).doesNotContain(meanwhile);
            assertThat(next.alive(SHARD)).containsExactly(before);
            assertThat(leader.seat(SHARD).roles).last().isEqualTo(Role.FOLLOWER);
        }
    }

    @Test
    void givesAnotherLogToWhoLeadsAnew() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            long epoch = leader.seat(SHARD).servedEpoch;
            long before = leader.store(SHARD, Records.message("before"));
            long open = leader.log(SHARD).append(Records.message("open"));
            leader.copy(SHARD).leadAnew();
            assertThat(leader.seat(SHARD).lost).isOne();
            cluster.until(() -> leader.seat(SHARD).log != null);
            assertThat(leader.seat(SHARD).servedEpoch).isEqualTo(epoch + 1);
            long after = leader.store(SHARD, Records.message("after"));
            assertThat(leader.alive(SHARD)).containsExactly(before, open, after);
        }
    }

    @Test
    void gathersWhatComesBeforeTheLastIsCommitted() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.untilAllHaveAll();
            long first = leader.log(SHARD).append(Records.message("first"));
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(first);
            leader.log(SHARD).append(Records.message("second"));
            leader.turn();
            long third = leader.log(SHARD).append(Records.message("third"));
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(first);
            cluster.until(() -> leader.seat(SHARD).committed >= third);
            assertThat(leader.seat(SHARD).commits).endsWith(first, third);

            leader.log(SHARD).append(Records.message("before much"));
            leader.turn();
            long much = leader.log(SHARD).append(Records.message("much".repeat(20_000)));
            leader.turn();
            assertThat(leader.copy(SHARD).status().lastIndex()).isEqualTo(much);
            cluster.until(() -> leader.seat(SHARD).committed >= much);
        }
    }

    @Test
    void isWokenByItsOwnDiskOnlyWhereThatIsWaitedFor() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode.Seat seat = leader.seat(SHARD);
            cluster.untilAllHaveAll();
            leader.holdDisk();
            leader.log(SHARD).append(Records.message("first here"));
            leader.turn();
            long first = leader.copy(SHARD).status().lastIndex();
            leader.freeDisk();
            await().pollInSameThread().until(() -> {
                // Nobody else has been given it yet; a tick asks the disk, too.
                boolean woken = leader.turn();
                leader.tick();
                assertThat(woken).isFalse();
                return leader.copy(SHARD).status().durableIndex() == first;
            });
            cluster.until(() -> seat.committed == first);
            cluster.untilAllHaveAll();

            leader.holdDisk();
            long second = leader.log(SHARD).append(Records.message("first elsewhere"));
            HandHeldNode away = cluster.otherThan(leader);
            cluster.cutOff(away.name);
            cluster.until(() -> leader.copy(SHARD).status().matchedIndices().containsValue(second));
            assertThat(seat.committed).isEqualTo(first);
            leader.freeDisk();
            await().pollInSameThread().until(() -> {
                leader.turn();
                return seat.committed == second;
            });
        }
    }

    @Test
    void hearsNobodyInTheNameOfAnother() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            cluster.untilAllHaveAll();
            long dropped = leader.copy(SHARD).status().messagesDropped();
            var vote = new ReplicaMessage.VoteResponse(1_000, false, false);
            var bytes = ByteBuffer.wrap(new byte[64]);
            leader.copy(SHARD).onMessage("b", bytes);
            assertThat(leader.copy(SHARD).status().messagesDropped()).isEqualTo(dropped + 1);
            HandHeldNode other = cluster.node(leader.name.equals("b") ? "c" : "b");
            var joined = ByteBuffer.allocate(500);
            ReplicaMessageCodec.encode(SHARD, other.id(), leader.id(), vote).forEach(joined::put);
            joined.flip();
            leader.copy(SHARD).onMessage("somebody", joined);
            assertThat(leader.copy(SHARD).status().messagesDropped()).isEqualTo(dropped + 2);
            assertThat(leader.copy(SHARD).isServing()).isTrue();
            leader.copy(SHARD).onMessage(other.name, joined);
            assertThat(leader.copy(SHARD).isServing()).isFalse();
        }
    }

    @Test
    void beginsOnceOnly() throws Exception {
        try (var cluster = new HandHeldCluster(1, 1, HandHeldCluster.configuration(), 1 << 20)) {
            HandHeldNode node = cluster.add("a");
            node.start();
            cluster.goOn(5_000);
            assertThat(node.copy(0).isServing()).isFalse();
            node.reopen();
            node.bootstrap();
            cluster.until(() -> node.copy(0).isServing());
            assertThat(node.copy(0).status().voters()).isEqualTo(Voters.of(node.id()));
            assertThatThrownBy(() -> node.copy(0).bootstrap()).isInstanceOf(IllegalStateException.class);
            node.store(0, Records.stored("orders", "{}"));
            node.reopen();
            assertThat(node.copy(0).mayBootstrap()).isFalse();
            node.start();
            cluster.until(() -> node.copy(0).isServing());
            assertThat(node.alive(0)).hasSize(1);
        }
    }

    @Test
    void endsWhenItsDiskFails() throws Exception {
        try (HandHeldCluster cluster = HandHeldCluster.ofThree()) {
            HandHeldNode leader = cluster.leader(SHARD);
            HandHeldNode.Seat seat = leader.seat(SHARD);
            cluster.untilAllHaveAll();
            leader.files.hook((file, position, bytes) -> {
                throw new IOException("Input/output error");
            });
            ShardLog log = leader.log(SHARD);
            log.append(Records.message("lost here"));
            cluster.until(() -> seat.lost == 1);
            assertThat(leader.failures).hasSize(1);
            assertThatThrownBy(() -> log.append(Records.message("no more"))).isInstanceOf(IllegalStateException.class);
            leader.crash();
            assertThat(cluster.leader(SHARD)).isNotSameAs(leader);
        }
    }

    /** What a node alone has written is what the majority's log begins with. */
    @Test
    void goesOnFromTheJournalOfANodeAlone(@TempDir Path directory) throws Exception {
        JournalConfiguration configuration =
                JournalConfiguration.defaults(directory).withSegmentBytes(1 << 20);
        long index;
        try (Journal journal = Journal.open(configuration, failure -> {})) {
            journal.recover(shard -> new RecordedReplay());
            ShardLog log = journal.shardLog(SHARD, Runnable::run, new HandHeldNode.Seat());
            index = log.append(Records.message("from before"));
        }
        for (int start = 0; start < 2; start++) {
            var seat = new HandHeldNode.Seat();
            try (ReplicatedJournal journal =
                    ReplicatedJournal.open(configuration, "a", 2, ReplicationSettings.DEFAULT, 3, failure -> {})) {
                var tasks = new LinkedBlockingQueue<Runnable>();
                var copy = journal.copy(SHARD, 1, tasks::add, () -> 5_000, (shard, to, message, urgent) -> {}, seat);
                seat.copy = copy;
                if (start == 0) {
                    copy.bootstrap();
                } else {
                    copy.start();
                }
                while (!copy.isServing()) {
                    Objects.requireNonNull(tasks.poll(20, TimeUnit.SECONDS)).run();
                }
                Map<Integer, RecordedReplay> told = new TreeMap<>();
                journal.replay(shard -> told.computeIfAbsent(shard, any -> new RecordedReplay()))
                        .join();
                assertThat(Objects.requireNonNull(told.get(SHARD)).order()).containsExactly(index);
            }
        }
    }
}
