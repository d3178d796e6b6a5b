package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Who hands entries over hears of its own tickets only. */
class EntryIntakeTest {
    private final HandTurnedLog log = new HandTurnedLog(new MemoryFileLayer());

    EntryIntakeTest() throws IOException {}

    @Test
    void hearsNothingOfWhatTheShardWroteBefore() throws IOException {
        for (int i = 0; i < 3; i++) {
            log.store(1, Records.message("standalone"));
        }
        HandTurnedLog.Replicated shard = log.replicated(1);
        log.turnUntilIdle();
        assertThat(shard.syncedTicket).isZero();
        shard.append(4, 2, new JournalRecord.EpochBegun(), 1);
        log.turnUntilIdle();
        assertThat(shard.syncedTicket).isEqualTo(1);
    }

    /** What is not committed, or was dropped, lies in the segments like the rest. */
    @Test
    void tellsNoPastOfWhichSomeNeverWas() throws IOException {
        var kept = new HandTurnedLog(new MemoryFileLayer(), HandTurnedLog.SETTINGS.withRetention(1_000_000, 0));
        kept.store(2, Records.message("alone"));
        HandTurnedLog.Replicated shard = kept.replicated(1);
        shard.append(1, 2, Records.message("dropped"), 1);
        shard.truncate(1, 3, 2);
        shard.append(1, 3, Records.message("instead"), 3);
        kept.turnUntilIdle();
        HistoryRead past = kept.history(1, Records.QUEUE, 0, 0, 10);
        assertThat(past.count()).isZero();
        assertThat(past.problem()).contains("majority");
        assertThat(kept.history(2, Records.QUEUE, 0, 0, 10).count()).isEqualTo(1);
        HandTurnedLog reopened =
                new HandTurnedLog(kept.files.copy(), HandTurnedLog.SETTINGS.withRetention(1_000_000, 0));
        assertThat(reopened.history(1, Records.QUEUE, 0, 0, 10).count()).isZero();
    }

    /** What counts is how much the journal has been written since, not how much of the shard's own. */
    @Test
    void saysWhichEntriesAreOldAlsoOfAnIdleShard() throws IOException {
        var settings = new LogSettings(HandTurnedLog.SEGMENT_BYTES, 1, 2, 3, 0, 0, 0, 2 * HandTurnedLog.SEGMENT_BYTES);
        var busyLog = new HandTurnedLog(new MemoryFileLayer(), settings);
        HandTurnedLog.Replicated idle = busyLog.replicated(1);
        HandTurnedLog.Replicated busy = busyLog.replicated(2);
        idle.append(1, 2, new JournalRecord.EpochBegun(), 1);
        idle.append(2, 2, Records.message("rare"), 2);
        for (int i = 1; i <= 10; i++) {
            busy.append(i, 2, Records.message(20_000, i), i);
            busyLog.turnUntilIdle();
        }
        long old = busy.tail.oldIndex();
        assertThat(idle.tail.oldIndex()).isEqualTo(2);
        assertThat(old).as("of ten, about three in a segment").isBetween(2L, 4L);
        var reopened = new HandTurnedLog(busyLog.files.copy(), settings);
        assertThat(reopened.replicated(1).tail.oldIndex()).isEqualTo(2);
        assertThat(reopened.replicated(2).tail.oldIndex()).isEqualTo(old);
    }

    @Test
    void hearsNothingOfTheTicketsOfAnother() throws IOException {
        HandTurnedLog.Replicated before = log.replicated(1);
        before.append(1, 2, new JournalRecord.EpochBegun(), 77);
        log.turnUntilIdle();
        assertThat(before.syncedTicket).isEqualTo(77);
        HandTurnedLog.Replicated shard = log.replicated(1);
        log.turnUntilIdle();
        assertThat(shard.syncedTicket).isZero();
        shard.append(2, 3, new JournalRecord.EpochBegun(), 1);
        log.turnUntilIdle();
        assertThat(shard.syncedTicket).isEqualTo(1);
    }
}
