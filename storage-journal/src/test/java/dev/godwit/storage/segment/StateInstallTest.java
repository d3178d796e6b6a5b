package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A state that comes from elsewhere, and one that is given away. */
class StateInstallTest {
    private static final long LONG_MILLIS = 1_000_000;

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final HandTurnedLog log = new HandTurnedLog(files);
    private final HandTurnedLog.Replicated shard = log.replicated(1);

    StateInstallTest() throws IOException {}

    /** Writes for others until the first segment is full. */
    private void fillSegment() throws IOException {
        for (int i = 0; i < HandTurnedLog.SEGMENT_BYTES / 15_000; i++) {
            pass();
        }
    }

    private void pass() throws IOException {
        log.store(3, Records.removed(log.store(3, Records.message(15_000, 0))));
    }

    private void appendFour() throws IOException {
        shard.append(1, 2, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 2, Records.message("removed"), 2);
        shard.append(3, 2, Records.message("stays"), 3);
        shard.append(4, 2, Records.removed(2), 4);
        log.turnUntilIdle();
    }

    private void stageThree() {
        shard.begin(3, 2);
        shard.stage(new StateRecord(2, 2, Records.message("removed")));
        shard.stage(new StateRecord(3, 2, Records.message("stays")));
        shard.stage(new StateRecord(1, 2, new JournalRecord.EpochBegun()));
    }

    /** The removal lies before the record that it ends, and its segment is freed before. */
    @Test
    void keepsDeadWhatAnEntryBehindItEnds() throws IOException {
        appendFour();
        String first = files.segmentNames().get(0);
        fillSegment();
        stageThree();
        shard.install(3, 2, 5);
        log.turnUntilIdle();
        assertThat(shard.entries().lastIndex()).isEqualTo(4);
        assertThat(shard.entries().openCount()).isEqualTo(1);
        shard.intake.commit(4);
        shard.intake.cover(4);
        pass();
        pass();
        assertThat(files.segmentNames()).doesNotContain(first);
        for (MemoryFileLayer each : List.of(files.copy(), files.copyWithoutCheckpoints())) {
            assertThat(new HandTurnedLog(each).replay(1).records()).containsOnlyKeys(3L);
        }
    }

    /** The state is the first that the journal hears of the shard, and the mark that gives it effect is freed like all else. */
    @Test
    void isWhatTheShardBeginsWithAlsoWhenItsMarkIsGone() throws IOException {
        stageThree();
        shard.install(3, 2, 1);
        log.turnUntilIdle();
        String first = files.segmentNames().get(0);
        shard.append(4, 2, Records.removed(2), 2);
        log.turnUntilIdle();
        shard.intake.commit(4);
        shard.intake.cover(4);
        fillSegment();
        fillSegment();
        fillSegment();
        fillSegment();
        assertThat(files.segmentNames()).doesNotContain(first);
        shard.append(5, 3, Records.message("behind"), 3);
        log.turnUntilIdle();
        for (MemoryFileLayer each : List.of(files.copy(), files.copyWithoutCheckpoints())) {
            var reopened = new HandTurnedLog(each);
            assertThat(reopened.replay(1).records()).containsOnlyKeys(3L);
            assertThat(reopened.replicated(1).entries().lastIndex()).isEqualTo(5);
        }
    }

    @Test
    void isOfNoEffectWhereTheLogIsCommittedFurther() throws IOException {
        appendFour();
        shard.intake.commit(4);
        pass();
        long live = log.log.counters().liveBytes();
        stageThree();
        shard.install(3, 2, 5);
        log.turnUntilIdle();
        assertThat(shard.syncedTicket).isEqualTo(5);
        assertThat(log.log.counters().liveBytes()).isEqualTo(live);
        assertThat(shard.entries().committedIndex()).isEqualTo(4);
        assertThat(log.reopened().replay(1).records()).containsOnlyKeys(3L);
    }

    @Test
    void leavesNothingBehindWhenItIsAbandoned() throws IOException {
        appendFour();
        long live = log.log.counters().liveBytes();
        stageThree();
        log.turnUntilIdle();
        assertThat(log.log.counters().liveBytes()).isGreaterThan(live);
        shard.intake.abandonState();
        pass();
        assertThat(log.log.counters().liveBytes()).isEqualTo(live);
    }

    private StateCapture capture(long millisMax) throws IOException {
        var taken = new ArrayList<StateCapture>();
        log.log.capture(1, millisMax, taken::add);
        log.lookUp();
        return taken.get(0);
    }

    private StatePiece read(StateCapture capture) {
        var read = new ArrayList<StatePiece>();
        log.log.readState(capture, 100_000, read::add);
        return read.get(0);
    }

    /** All that it reads was removed, and its segment freed. */
    @Test
    void isReadAsItWasThoughNothingOfItIsLeft() throws IOException {
        appendFour();
        shard.intake.commit(3);
        log.turnUntilIdle();
        String first = files.segmentNames().get(0);
        StateCapture capture = capture(LONG_MILLIS);
        removeAll();
        assertThat(files.segmentNames()).contains(first);
        StatePiece piece = read(capture);
        assertThat(piece.problem()).isNull();
        assertThat(piece.last()).isTrue();
        assertThat(piece.records())
                .containsExactly(
                        new StateRecord(2, 2, Records.message("removed")),
                        new StateRecord(3, 2, Records.message("stays")),
                        new StateRecord(1, 2, new JournalRecord.EpochBegun()));
        log.log.endCapture(capture);
        pass();
        assertThat(files.segmentNames()).doesNotContain(first);
    }

    @Test
    void isLostWhenItTakesTooLong() throws IOException {
        appendFour();
        shard.intake.commit(3);
        log.turnUntilIdle();
        String first = files.segmentNames().get(0);
        StateCapture capture = capture(0);
        removeAll();
        assertThat(files.segmentNames()).doesNotContain(first);
        assertThat(read(capture).problem()).contains("too long");
        log.log.endCapture(capture);
    }

    private void removeAll() throws IOException {
        shard.append(5, 2, Records.removed(3), 5);
        log.turnUntilIdle();
        shard.intake.commit(5);
        shard.intake.cover(5);
        fillSegment();
        pass();
    }

    @Test
    void isNotGivenOfAShardThatIsNoMajoritys() throws IOException {
        log.store(5, Records.message("alone"));
        var taken = new ArrayList<StateCapture>();
        log.log.capture(5, LONG_MILLIS, taken::add);
        log.lookUp();
        assertThat(taken.get(0).problem()).contains("majority");
        log.log.endCapture(taken.get(0));
    }
}
