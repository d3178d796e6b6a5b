package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A start that need not read what a checkpoint knows; and one that must, because there is none to be trusted. */
class CheckpointTest {
    private final MemoryFileLayer files = new MemoryFileLayer();
    private final LogModel model = new LogModel();

    @Test
    void readsOnlyWhatWasWrittenSinceTheLastCheckpoint() throws IOException {
        var log = filled();
        List<String> checkpoints = CheckpointFiles.all(files);
        assertThat(checkpoints).hasSize(2);

        RecoveredLog recovered = recovered(files);
        long whole = recovered.segments().all().stream()
                .mapToLong(segment -> segment.endPosition() - Blocks.BLOCK_BYTES)
                .sum();
        assertThat(recovered.bytesSinceCheckpoint()).isLessThan(whole / 2);
        model.check(log.reopened(), model.size());
    }

    @Test
    void comesToTheSameWithoutCheckpoints() throws IOException {
        filled();
        for (String name : CheckpointFiles.all(files)) {
            files.delete(name);
        }
        RecoveredLog recovered = recovered(files);
        assertThat(recovered.bytesSinceCheckpoint())
                .isEqualTo(recovered.segments().all().stream()
                        .mapToLong(segment -> segment.endPosition() - Blocks.BLOCK_BYTES)
                        .sum());
        model.check(new HandTurnedLog(files), model.size());
    }

    /** Damage to a checkpoint costs time, never a message. */
    @Test
    void goesBackToTheOneBeforeWhenTheNewestIsDamagedAnywhere() throws IOException {
        filled();
        String newest = CheckpointFiles.all(files).get(0);
        byte[] content = files.contentOf(newest);
        int step = Math.max(1, content.length / 150);
        for (int at = 0; at < content.length; at += step) {
            MemoryFileLayer damaged = files.copy();
            damaged.contentOf(newest)[at] ^= 1;
            RecoveredLog recovered = recovered(damaged);
            assertThat(recovered.bytesSinceCheckpoint())
                    .as("with a bit flipped at %d", at)
                    .isGreaterThan(recovered(files).bytesSinceCheckpoint());
            model.check(new HandTurnedLog(damaged), model.size());
        }
        for (int length = 0; length < content.length; length += step) {
            MemoryFileLayer cut = files.copy();
            cut.put(newest, Arrays.copyOf(content, length));
            model.check(new HandTurnedLog(cut), model.size());
        }
    }

    /** The log goes on while the pages of a checkpoint are taken one after the other. */
    @Test
    void isRightWhereverTheNodeStopsWhileACheckpointIsTaken() throws IOException {
        var log = new HandTurnedLog(files);
        for (int i = 0; i < 9_000; i++) {
            append(log, 1 + i % 3, Records.message(8, i));
        }
        log.turnUntilIdle();
        var crashes = new int[1];
        files.hook((name, position, bytes) -> {
            if (crashes[0]++ % 40 == 0) {
                model.check(new HandTurnedLog(files.copy()), model.safeCount(log));
            }
        });
        for (int i = 0; i < 400; i++) {
            append(log, 1 + i % 3, Records.removed(1 + (i * 37L) % 3_000));
            append(log, 1 + i % 3, Records.message(1_500, i));
            append(log, 1 + i % 3, Records.returned(2 + i, 1));
            log.turn();
        }
        log.turnUntilIdle();
        assertThat(crashes[0]).isGreaterThan(300);
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        model.check(log.reopened(), model.size());
    }

    @Test
    void ignoresOneWhoseSegmentsHaveGone() throws IOException {
        var log = filled();
        String old = CheckpointFiles.all(files).get(1);
        byte[] content = files.contentOf(old).clone();
        for (int i = 0; i < 300; i++) {
            append(log, 5, Records.message(5_000, i));
            append(log, 5, Records.removed(log.lastIndex(5)));
            log.turnUntilIdle();
        }
        for (String name : CheckpointFiles.all(files)) {
            files.delete(name);
        }
        files.put(old, content);
        model.check(new HandTurnedLog(files), model.size());
    }

    @Test
    void leavesUnfinishedOnesToBeOverwritten() throws IOException {
        var log = filled();
        files.put(CheckpointFiles.unfinishedName(1), new byte[100]);
        for (int i = 0; i < 1_500; i++) {
            append(log, 5, Records.message(5_000, i));
        }
        log.turnUntilIdle();
        assertThat(files.names()).doesNotContain(CheckpointFiles.unfinishedName(1));
    }

    private static RecoveredLog recovered(MemoryFileLayer disk) throws IOException {
        return Objects.requireNonNull(RecoveryScan.scan(disk.copy(), false));
    }

    private HandTurnedLog filled() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 0, Records.stored("orders", "{}"));
        append(log, 0, Records.stored("gone", "{}"));
        append(log, 0, Records.dropped("gone"));
        for (int i = 0; i < 1_200; i++) {
            int shard = 1 + i % 2;
            append(
                    log,
                    shard,
                    i % 7 == 0
                            ? new JournalRecord.MessageEnqueued(
                                    1 + i % 3,
                                    5,
                                    i % 2 == 0 ? i : RecordPages.NO_EXPIRY,
                                    i % 65_536,
                                    i % 5 == 0 ? 9_000 + i : RecordPages.AT_ONCE,
                                    Records.message(900, i).body())
                            : Records.message(i % 50 == 0 ? 20_000 : 700, i));
            if (i % 3 == 0) {
                append(log, shard, Records.removed(log.lastIndex(shard)));
            } else if (i % 10 == 1) {
                append(
                        log,
                        shard,
                        new JournalRecord.MessageReturned(
                                Records.QUEUE, log.lastIndex(shard), i, i % 20 == 1 ? i : RecordPages.AT_ONCE));
            }
            if (i % 4 == 0) {
                log.turnUntilIdle();
            }
        }
        log.turnUntilIdle();
        return log;
    }

    private void append(HandTurnedLog log, int shard, JournalRecord record) {
        model.onAppended(shard, log.append(shard, record), record);
    }
}
