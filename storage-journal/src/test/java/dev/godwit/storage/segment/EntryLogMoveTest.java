package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Records that are moved while what ends their lives is written and not committed. */
class EntryLogMoveTest {
    private final HandTurnedLog log = new HandTurnedLog(new MemoryFileLayer());
    private final HandTurnedLog.Replicated shard = log.replicated(1);

    EntryLogMoveTest() throws IOException {}

    private String currentSegment() {
        List<String> names = log.files.segmentNames();
        return names.get(names.size() - 2);
    }

    /** Other shards write until the current segment is another one. One is made ready ahead. */
    private void fillSegment() throws IOException {
        String current = currentSegment();
        while (currentSegment().equals(current)) {
            log.store(3, Records.removed(log.store(3, Records.message(15_000, 0))));
        }
    }

    /**
     * {@code first}, at index 2, lies in the first segment; {@code end}, at index 3, some segments later, and is not committed
     * when the first record is moved behind it. Then it is, perhaps after a restart, and its own segment is freed. What is alive
     * after another one?
     */
    private Map<Long, JournalRecord> moveBetween(JournalRecord first, JournalRecord end, boolean restart)
            throws IOException {
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 1, first, 2);
        log.turnUntilIdle();
        shard.intake.commit(2);
        for (int i = 0; i < 8; i++) {
            fillSegment();
        }
        assertThat(log.log.counters().recordsMoved())
                .as("moved while a follower may ask for it")
                .isZero();
        shard.append(3, 1, end, 3);
        log.turnUntilIdle();
        String segmentOfEnd = currentSegment();
        fillSegment();
        shard.intake.cover(2);
        log.store(4, Records.message("stays"));
        log.store(3, Records.message("wakes the mover"));
        assertThat(log.log.counters().recordsMoved()).isEqualTo(1);
        assertThat(log.files.segmentNames()).contains(segmentOfEnd);

        HandTurnedLog same = restart ? log.reopened() : log;
        HandTurnedLog.Replicated sameShard = restart ? same.replicated(1) : shard;
        sameShard.intake.commit(3);
        sameShard.intake.cover(3);
        same.store(3, Records.message("carries the commit"));
        same.store(3, Records.message("frees"));
        assertThat(same.files.segmentNames()).doesNotContain(segmentOfEnd);
        HandTurnedLog reopened = same.reopened();
        assertThat(reopened.log.tail(1).entriesThere().committedIndex()).isEqualTo(3);
        assertThat(reopened.unreadable).isEmpty();
        return reopened.replay(1).records();
    }

    @Test
    void doesNotBringBackWhatWasMovedBehindItsRemoval() throws IOException {
        assertThat(moveBetween(Records.message("consumed"), Records.removed(2), false))
                .isEmpty();
    }

    @Test
    void doesNotBringItBackEitherWhenTheRemovalIsCommittedAfterARestart() throws IOException {
        assertThat(moveBetween(Records.message("consumed"), Records.removed(2), true))
                .isEmpty();
    }

    @Test
    void doesNotLoseWhatWasMovedBehindTheCommitOfItsTransaction() throws IOException {
        var committed =
                new JournalRecord.TransactionCommitted(new UUID(1, 2), List.of(), LongRanges.of(2), LongRanges.NONE);
        assertThat(moveBetween(new JournalRecord.MessagePosted(Records.message("posted")), committed, false))
                .containsExactly(Map.entry(2L, Records.message("posted")));
    }

    @Test
    void doesNotBringBackADefinitionThatWasMovedBehindItsEnd() throws IOException {
        assertThat(moveBetween(Records.stored("orders", "{}"), Records.dropped("orders"), false))
                .isEmpty();
    }

    /** A removal that is written once more, between the pieces of a large record, would end their series. */
    @Test
    void keepsALargeRecordThatIsMovedWhileRemovalsAreWrittenOnceMore() throws IOException {
        JournalRecord.MessageEnqueued large = Records.message(20_000, 9);
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        for (int i = 0; i < 9; i++) {
            log.append(4, Records.message(5_000, i));
        }
        shard.append(2, 1, large, 2);
        log.turnUntilIdle();
        String first = log.files.segmentNames().get(0);
        shard.intake.commit(2);
        for (int i = 0; i < 8; i++) {
            fillSegment();
        }
        for (int index = 3; index <= 5; index++) {
            // None of these is there; each takes more than a third of a batch.
            shard.append(
                    index,
                    1,
                    Records.removed(
                            LongStream.range(0, 370).map(i -> 1_000 + 2 * i).toArray()),
                    index);
        }
        log.turnUntilIdle();
        shard.intake.cover(2);
        log.append(3, Records.message("carries the cover"));
        log.turn();
        shard.intake.commit(5);
        log.turnUntilIdle();
        log.store(3, Records.message("frees"));
        assertThat(log.log.counters().recordsMoved()).isEqualTo(10);
        assertThat(log.files.segmentNames()).doesNotContain(first);
        HandTurnedLog reopened = log.reopened();
        assertThat(reopened.unreadable).isEmpty();
        assertThat(reopened.replay(1).records()).containsExactly(Map.entry(2L, large));
        assertThat(reopened.replay(4).records()).hasSize(9);
    }

    /** The decision is restated, for a record was moved behind it; what forgets it was written after that. */
    @Test
    void doesNotBringBackADecisionThatIsForgotten() throws IOException {
        var decision = new UUID(1, 2);
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        log.store(4, Records.message("stays"));
        shard.intake.commit(1);
        for (int i = 0; i < 8; i++) {
            fillSegment();
        }
        shard.append(
                2,
                1,
                new JournalRecord.TransactionCommitted(decision, List.of(2), LongRanges.NONE, LongRanges.NONE),
                2);
        log.turnUntilIdle();
        shard.intake.cover(1);
        log.store(3, Records.message("carries the cover"));
        log.store(3, Records.message("wakes the mover"));
        assertThat(log.log.counters().recordsMoved()).isEqualTo(1);
        shard.append(3, 1, new JournalRecord.TransactionForgotten(decision), 3);
        log.turnUntilIdle();
        shard.intake.commit(3);
        log.store(3, Records.message("carries the commit"));
        log.store(3, Records.message("says so"));
        HandTurnedLog reopened = log.reopened();
        assertThat(reopened.log.tail(1).entriesThere().committedIndex()).isEqualTo(3);
        assertThat(reopened.replay(1).decided()).isEmpty();
    }

    /** The first record is not moved at all: as long as the end may be dropped, nothing may be. */
    @Test
    void keepsWhatWasToBeRemovedWhenTheRemovalIsDropped() throws IOException {
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 1, Records.message("stays"), 2);
        shard.append(3, 1, Records.removed(2), 3);
        log.turnUntilIdle();
        shard.intake.commit(2);
        shard.truncate(3, 2, 4);
        shard.append(3, 2, new JournalRecord.EpochBegun(), 5);
        log.turnUntilIdle();
        shard.intake.commit(3);
        log.store(3, Records.message("carries the commit"));
        log.store(3, Records.message("says so"));
        assertThat(shard.syncedTicket).isEqualTo(5);
        HandTurnedLog reopened = log.reopened();
        assertThat(reopened.log.tail(1).entriesThere().committedIndex()).isEqualTo(3);
        assertThat(reopened.replay(1).records()).containsExactly(Map.entry(2L, Records.message("stays")));
    }

    /** What whoever led before had posted ends with its epoch, on each node. */
    @Test
    void dropsWhatWasPostedWhenTheNextEpochIsCommitted() throws IOException {
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 1, new JournalRecord.MessagePosted(Records.message(9_000, 1)), 2);
        shard.append(
                3, 1, new JournalRecord.MessagePart(7, Records.message(9_000, 2).body()), 3);
        log.turnUntilIdle();
        shard.intake.commit(3);
        log.store(3, Records.message("carries the commit"));
        log.store(3, Records.message("says so"));

        HandTurnedLog follower = log.reopened();
        HandTurnedLog.Replicated again = follower.replicated(1);
        again.append(
                4,
                1,
                new JournalRecord.TransactionCommitted(new UUID(1, 2), List.of(), LongRanges.of(2), LongRanges.NONE),
                1);
        follower.turnUntilIdle();
        again.intake.commit(4);
        follower.store(3, Records.message("carries the commit"));
        assertThat(follower.read(1, 2)).containsExactly(Map.entry(2L, Records.message(9_000, 1)));
        assertThat(follower.read(1, 3)).hasSize(1);

        again.append(5, 2, new JournalRecord.EpochBegun(), 2);
        follower.turnUntilIdle();
        again.intake.commit(5);
        follower.store(3, Records.message("carries the commit"));
        assertThat(follower.read(1, 2)).hasSize(1);
        assertThat(follower.read(1, 3)).isEmpty();
    }

    /** Its writer may let more copies follow as long as it leads, also where another node has been stopped meanwhile. */
    @Test
    void keepsASharedBodyUntilTheNextEpochIsCommitted() throws IOException {
        shard.append(1, 1, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 1, Records.body(9_000, 1), 2);
        shard.append(3, 1, Records.copy(7, 2), 3);
        shard.append(4, 1, Records.removed(3), 4);
        log.turnUntilIdle();
        shard.intake.commit(4);
        log.store(3, Records.message("carries the commit"));
        log.store(3, Records.message("says so"));

        HandTurnedLog follower = log.reopened();
        HandTurnedLog.Replicated again = follower.replicated(1);
        again.append(5, 1, Records.copy(7, 2), 1);
        again.append(6, 1, Records.removed(5), 2);
        again.append(7, 1, Records.copy(8, 2), 3);
        again.append(8, 1, Records.body(9_000, 3), 4);
        follower.turnUntilIdle();
        again.intake.commit(8);
        follower.store(3, Records.message("carries the commit"));
        assertThat(follower.read(1, 7).values()).hasSize(1);
        assertThat(follower.log.counters().liveBytes()).isGreaterThan(16_000);

        again.append(9, 2, new JournalRecord.EpochBegun(), 5);
        follower.turnUntilIdle();
        again.intake.commit(9);
        follower.store(3, Records.message("carries the commit"));
        follower.store(3, Records.message("counts"));
        assertThat(follower.log.counters().liveBytes()).isBetween(8_000L, 16_000L);
        again.append(10, 2, Records.removed(7), 6);
        follower.turnUntilIdle();
        again.intake.commit(10);
        follower.store(3, Records.message("carries the commit"));
        follower.store(3, Records.message("counts"));
        assertThat(follower.log.counters().liveBytes()).isLessThan(8_000);
        assertThat(follower.unreadable).isEmpty();
    }
}
