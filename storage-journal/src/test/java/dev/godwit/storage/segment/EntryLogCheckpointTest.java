package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A start that need not read what a checkpoint knows of a log whose commit is a majority's. */
class EntryLogCheckpointTest {
    /** More than one section of places holds. */
    private static final int ENTRIES = 12_000;

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final HandTurnedLog log = new HandTurnedLog(files);
    private final HandTurnedLog.Replicated shard = log.replicated(1);
    private long last;

    EntryLogCheckpointTest() throws IOException {}

    private void append(long epoch, JournalRecord record) {
        shard.append(++last, epoch, record, last);
    }

    private void commit(long index) {
        shard.intake.commit(index);
    }

    private void fill() throws IOException {
        append(2, new JournalRecord.EpochBegun());
        while (last < ENTRIES) {
            if (last % 500 == 30) {
                append(
                        last < ENTRIES / 2 ? 2 : 5,
                        new JournalRecord.VotersNamed(
                                Records.message(9, (int) last).body()));
            }
            append(last < ENTRIES / 2 ? 2 : 5, Records.message(60, (int) last));
            if (last % 40 == 0) {
                commit(last - 25);
                log.turn();
            }
        }
        log.turnUntilIdle();
    }

    private static RecoveredLog recovered(MemoryFileLayer disk) throws IOException {
        return Objects.requireNonNull(RecoveryScan.scan(disk.copy(), false));
    }

    private static void assertSame(RecoveredLog found, RecoveredLog whole) {
        EntryLog entries = Objects.requireNonNull(found.tails().get(1)).entriesThere();
        EntryLog expected = Objects.requireNonNull(whole.tails().get(1)).entriesThere();
        assertThat(entries.coverIndex()).isEqualTo(expected.coverIndex());
        assertThat(entries.coverEpoch()).isEqualTo(expected.coverEpoch());
        assertThat(entries.committedIndex()).isEqualTo(expected.committedIndex());
        assertThat(entries.committedEpoch()).isEqualTo(expected.committedEpoch());
        assertThat(entries.lastIndex()).isEqualTo(expected.lastIndex());
        assertThat(entries.voters()).isEqualTo(expected.voters());
        assertThat(entries.openCount()).isEqualTo(expected.openCount());
        for (long index = expected.coverIndex(); index <= expected.lastIndex(); index++) {
            assertThat(entries.epochAt(index)).isEqualTo(expected.epochAt(index));
            assertThat(entries.locationOf(index)).isEqualTo(expected.locationOf(index));
        }
    }

    @Test
    void readsOnlyWhatWasWrittenSinceTheLastOne() throws IOException {
        fill();
        shard.intake.cover(1_000);
        append(5, Records.message("open"));
        log.turnUntilIdle();
        RecoveredLog found = recovered(files);
        long whole = found.segments().all().stream()
                .mapToLong(segment -> segment.endPosition() - Blocks.BLOCK_BYTES)
                .sum();
        assertThat(found.bytesSinceCheckpoint()).isLessThan(whole / 2);
        assertThat(Objects.requireNonNull(found.tails().get(1)).entriesThere().voters())
                .hasSizeGreaterThan(20);
        assertSame(found, recovered(files.copyWithoutCheckpoints()));
        assertThat(new HandTurnedLog(files.copy()).replay(1).records())
                .isEqualTo(new HandTurnedLog(files.copyWithoutCheckpoints())
                        .replay(1)
                        .records());
    }

    /** What was not committed when the checkpoint began has its effect by a commit behind it, and is freed then. */
    @Test
    void knowsWhatWasOpenWhereItsSegmentIsGone() throws IOException {
        append(2, new JournalRecord.EpochBegun());
        append(2, Records.message("removed later"));
        log.turnUntilIdle();
        commit(2);
        append(2, Records.removed(2));
        log.turnUntilIdle();
        String first = files.segmentNames().get(0);
        for (int i = 0; i < HandTurnedLog.SEGMENT_BYTES / 15_000; i++) {
            log.store(3, Records.removed(log.store(3, Records.message(15_000, 0))));
        }
        while (CheckpointFiles.all(files).isEmpty()) {
            log.store(3, Records.message(15_000, 0));
        }
        commit(3);
        shard.intake.cover(3);
        log.store(3, Records.message("in front of it stands that all is committed"));
        log.store(3, Records.message("more"));
        assertThat(files.segmentNames()).doesNotContain(first);
        RecoveredLog found = recovered(files);
        RecoveredLog whole = recovered(files.copyWithoutCheckpoints());
        assertThat(found.bytesSinceCheckpoint()).isLessThan(whole.bytesSinceCheckpoint());
        assertSame(found, whole);
        assertThat(log.reopened().replay(1).records()).isEmpty();
    }

    /** The pages of a checkpoint may know more commits than the log: no start believes that they came before it says so. */
    @Test
    void hasNoNameBeforeTheLogTellsOfAllCommitsThatItKnows() throws IOException {
        fill();
        List<String> before = CheckpointFiles.all(files);
        var starts = new int[1];
        files.hook((name, position, bytes) -> {
            if (starts[0]++ % 10 == 0) {
                check(files.copy());
            }
        });
        for (int i = 0; i < 1_500; i++) {
            append(5, Records.removed(2 + (i * 7L) % ENTRIES));
            append(5, Records.message(900, i));
            commit(last - 1);
            log.turn();
        }
        log.turnUntilIdle();
        assertThat(CheckpointFiles.all(files)).doesNotContainAnyElementsOf(before);
        assertThat(starts[0]).isGreaterThan(500);
    }

    private static void check(MemoryFileLayer disk) throws IOException {
        var found = new HandTurnedLog(disk.copy());
        var whole = new HandTurnedLog(disk.copyWithoutCheckpoints());
        long committed = found.log.tail(1).entriesThere().committedIndex();
        assertThat(committed)
                .isGreaterThanOrEqualTo(whole.log.tail(1).entriesThere().committedIndex());
        HandTurnedLog.Replicated later = whole.replicated(1);
        later.intake.commit(committed);
        whole.turnUntilIdle();
        assertThat(found.replay(1).records())
                .isEqualTo(new HandTurnedLog(whole.files.copyWithoutCheckpoints())
                        .replay(1)
                        .records());
    }
}
