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
