package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

/** What becomes of the disk: freed segments, stragglers, large records. */
class SpaceTest {
    private final MemoryFileLayer files = new MemoryFileLayer();
    private final LogModel model = new LogModel();

    @Test
    void usesTheSameFewFilesForEverWhenEverythingIsConsumed() throws IOException {
        var log = new HandTurnedLog(files);
        passThrough(log, 1, 3_000);

        assertThat(log.log.counters().bytesWritten()).isGreaterThan(40L * HandTurnedLog.SEGMENT_BYTES);
        assertThat(log.log.counters().segments()).isLessThanOrEqualTo(2);
        assertThat(files.names()).hasSizeLessThanOrEqualTo(7);
        assertThat(log.log.counters().recordsMoved()).isZero();
        model.check(log.reopened(), model.size());
    }

    @Test
    void neverTakesARecycledBlockForANewOne() throws IOException {
        var log = new HandTurnedLog(files);
        passThrough(log, 1, 1_000);
        String current = files.segmentNames().stream()
                .filter(name -> staleBatchesIn(name) > 0)
                .findFirst()
                .orElseThrow();

        assertThat(Segment.generationOf(current)).isGreaterThan(3);
        model.check(log.reopened(), model.size());
    }

    @Test
    void movesStragglersSoThatTheyDoNotPinTheDisk() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 0, Records.stored("orders", "{}"));
        append(log, 1, Records.message("straggler"));
        append(log, 1, Records.returned(1, 3));
        append(log, 2, Records.message(9_000, 1));
        passThrough(log, 1, 3_000);

        assertThat(log.log.counters().recordsMoved()).isGreaterThanOrEqualTo(4);
        assertThat(log.log.counters().segmentBytes())
                .isLessThanOrEqualTo(2 * log.log.counters().liveBytes() + 4L * HandTurnedLog.SEGMENT_BYTES);
        HandTurnedLog reopened = log.reopened();
        model.check(reopened, model.size());
        assertThat(reopened.replay(1).records()).containsEntry(1L, Records.message("straggler"));
        assertThat(reopened.replay(1).deliveryCounts()).containsEntry(1L, 3);
        assertThat(reopened.replay(0).records()).containsEntry(1L, Records.stored("orders", "{}"));
    }

    /** Segments become free several at once: when what has stayed is moved. */
    @Test
    void fillsNoFilesAnewWhileOneRecordIsMovedAgainAndAgain() throws IOException {
        var log = new HandTurnedLog(files, new LogSettings(HandTurnedLog.SEGMENT_BYTES, 1, 2, 6, 0, 0, 0, 0));
        append(log, 0, Records.stored("orders", "{}"));
        passThrough(log, 1, 3_000);
        long moved = log.log.counters().recordsMoved();
        int created = files.filesCreated();
        passThrough(log, 1, 3_000);

        assertThat(log.log.counters().recordsMoved()).isGreaterThan(moved + 5);
        assertThat(files.filesCreated()).isEqualTo(created);
    }

    @Test
    void survivesACrashAtEveryWriteWhileItMovesStragglers() throws IOException {
        var log = new HandTurnedLog(files);
        for (int i = 0; i < 40; i++) {
            append(log, 2, Records.message(500 + 400 * (i % 20), i));
            passThrough(log, 1, 10);
        }
        var writes = new int[1];
        files.hook((name, position, bytes) -> {
            MemoryFileLayer crashed = files.copy();
            bytes.get(crashed.contentOf(name), position, bytes.remaining() / 2);
            model.check(new HandTurnedLog(crashed), model.safeCount(log));
            writes[0]++;
        });
        long movedBefore = log.log.counters().recordsMoved();
        passThrough(log, 1, 300);

        assertThat(log.log.counters().recordsMoved()).isGreaterThan(movedBefore);
        assertThat(writes[0]).isGreaterThan(100);
    }

    /** A copy that is written after the beginning of a removal would outlive that beginning, and so the removal. */
    @Test
    void movesNothingWhileALargeRemovalIsBeingWritten() throws IOException {
        var log = new HandTurnedLog(files);
        var apart = new long[1_600];
        for (int i = 0; i < apart.length; i++) {
            append(log, 1, Records.message(1, i));
            apart[i] = log.lastIndex(1);
            append(log, 1, Records.message(1, i));
        }
        var filler = new long[40];
        for (int i = 0; i < filler.length; i++) {
            append(log, 2, Records.message(15_000, i));
            filler[i] = log.lastIndex(2);
        }
        log.turnUntilIdle();
        assertThat(log.log.counters().recordsMoved()).isZero();
        files.hook((name, position, bytes) -> model.check(new HandTurnedLog(files.copy()), model.safeCount(log)));

        append(log, 2, Records.removed(filler));
        append(log, 1, Records.removed(apart));
        passThrough(log, 3, 250);
        assertThat(log.log.counters().recordsMoved()).isPositive();
    }

    @Test
    void movesOnWithWhatItMovedAfterARestart() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 2, Records.message("straggler"));
        for (int restart = 0; restart < 6; restart++) {
            passThrough(log, 1, 400);
            log = log.reopened();
            model.check(log, model.size());
        }
        append(log, 2, Records.removed(1));
        log.turnUntilIdle();
        passThrough(log, 1, 400);
        HandTurnedLog reopened = log.reopened();
        model.check(reopened, model.size());
        assertThat(reopened.replay(2).records()).doesNotContainKey(1L);
    }

    @Test
    void remembersHowFarAShardHadComeWhenNothingOfItIsLeft() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 3, Records.message("only"));
        append(log, 3, Records.removed(1));
        passThrough(log, 1, 500);
        HandTurnedLog reopened = log.reopened();

        assertThat(reopened.replay(3).order()).isEmpty();
        assertThat(reopened.lastIndex(3)).isEqualTo(2);
        assertThat(reopened.log.tail(3).epoch()).isEqualTo(1);
    }

    /** Its owner may be busy for long, or gone. */
    @Test
    void doesNotWaitForTheEndOfATurnThatDoesNotEnd() throws IOException {
        var log = new HandTurnedLog(files);
        ShardIntake intake = log.log.intake(log.log.tail(1));
        intake.beginTurn();
        for (int i = 1; i <= 3; i++) {
            intake.append(i, 1, Records.message("of an endless turn"), 100, false);
            assertThat(log.turn()).isTrue();
        }
        assertThat(log.reopened().lastIndex(1)).isEqualTo(3);
    }

    @Test
    void keepsARecordOfManySegmentsAndFreesThemWithIt() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 1, Records.message(12_000_000, 5));
        log.turnUntilIdle();
        assertThat(log.log.counters().segments()).isGreaterThan(180);
        HandTurnedLog reopened = log.reopened();
        model.check(reopened, 1);

        append(reopened, 1, Records.removed(1));
        reopened.turnUntilIdle();
        assertThat(reopened.log.counters().segments()).isEqualTo(1);
        model.check(reopened.reopened(), 2);
    }

    @Test
    void movesALargeRecordPieceByPiece() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 2, Records.message(300_000, 5));
        passThrough(log, 1, 3_000);
        assertThat(log.log.counters().recordsMoved()).isPositive();
        assertThat(log.log.counters().segments()).isLessThan(16);
        model.check(log.reopened(), model.size());

        append(log, 2, Records.removed(1));
        passThrough(log, 1, 100);
        model.check(log.reopened(), model.size());
        assertThat(log.log.counters().segments()).isLessThan(4);
    }

    @Test
    void forgetsALargeRecordThatWasNotCompleted() throws IOException {
        var log = new HandTurnedLog(files);
        append(log, 1, Records.message("before"));
        log.turnUntilIdle();
        append(log, 1, Records.message(200_000, 5));
        for (int turns = 0; turns < 5; turns++) {
            log.turn();
        }
        HandTurnedLog reopened = log.reopened();
        assertThat(model.check(reopened, 1)).isEqualTo(1);
        assertThat(reopened.replay(1).order()).containsExactly(1L);

        assertThat(reopened.store(1, Records.message("in its place"))).isEqualTo(2);
        HandTurnedLog again = reopened.reopened();
        assertThat(again.replay(1).records()).containsEntry(2L, Records.message("in its place"));
    }

    @Test
    void freesWhatIsReleased() throws IOException {
        var log = new HandTurnedLog(files);
        long orphan = log.append(2, Records.message("of a queue that is gone"));
        passThrough(log, 1, 100);
        long live = log.log.counters().liveBytes();
        assertThat(live).isPositive();

        log.release(2, orphan);
        log.store(1, Records.dropped("any"));
        assertThat(log.log.counters().liveBytes()).isZero();
    }

    private void append(HandTurnedLog log, int shard, JournalRecord record) {
        model.onAppended(shard, log.append(shard, record), record);
    }

    /** Messages that come and go, ten of them at a time in the queue. */
    private void passThrough(HandTurnedLog log, int shard, int messages) throws IOException {
        var queue = new ArrayDeque<Long>();
        for (int i = 0; i < messages; i++) {
            var record = Records.message(1_000, i);
            long index = log.append(shard, record);
            model.onAppended(shard, index, record);
            queue.add(index);
            if (queue.size() > 10 || i == messages - 1) {
                var gone = queue.stream().mapToLong(Long::longValue).toArray();
                queue.clear();
                append(log, shard, Records.removed(gone));
            }
            if (i % 3 == 0) {
                log.turn();
            }
        }
        log.turnUntilIdle();
    }

    private int staleBatchesIn(String name) {
        var content = ByteBuffer.wrap(files.contentOf(name));
        long generation = content.getLong(32);
        int stale = 0;
        for (int at = Blocks.BLOCK_BYTES; at < content.limit(); at += Blocks.BLOCK_BYTES) {
            boolean batch = content.getInt(at) == 0x47574254;
            if (batch && !BatchHeader.begins(content, at, generation)) {
                stale++;
            }
        }
        return stale;
    }
}
