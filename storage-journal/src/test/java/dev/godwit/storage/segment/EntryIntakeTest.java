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
