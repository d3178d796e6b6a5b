package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SectionReader;
import dev.godwit.storage.format.SectionType;
import dev.godwit.storage.format.SectionWriter;
import dev.godwit.storage.record.JournalRecord;
import java.util.Map;

/** What stands in those sections of a checkpoint that are about logs of majorities (docs/journal-format.md). */
final class EntryLogContent {
    private static final int PER_SECTION = 4_096;

    private EntryLogContent() {}

    /** All of the log but where its committed entries lie. */
    static void writeLog(SectionWriter to, EntryLog log, LiveShard shard) {
        to.begin(SectionType.ENTRIES);
        to.putInt(log.shard());
        to.putLong(log.coverIndex()).putLong(log.coverEpoch());
        to.putLong(log.committedIndex()).putLong(log.committedEpoch());
        to.putLong(shard.epochBegunIndex);
        for (FoundEntries.EpochRun run : log.runs()) {
            to.putLong(run.first()).putLong(run.epoch());
        }
        to.end();
        int i = 0;
        for (EntryLog.Open entry : log.open()) {
            begin(to, SectionType.OPEN_ENTRIES, log.shard(), i);
            writeEntry(to, entry);
            end(to, i++, log.openCount());
        }
        i = 0;
        for (var each : log.voters().entrySet()) {
            begin(to, SectionType.VOTERS_BEHIND, log.shard(), i);
            to.putLong(each.getKey()).putRecord(each.getValue());
            end(to, i++, log.voters().size());
        }
        i = 0;
        for (long body : shard.openBodies) {
            begin(to, SectionType.OPEN_BODIES, log.shard(), i);
            to.putLong(body);
            end(to, i++, shard.openBodies.size());
        }
    }

    static void writeRestatement(SectionWriter to, int shard, EntryLog.Open entry) {
        to.begin(SectionType.RESTATEMENTS);
        to.putInt(shard);
        writeEntry(to, entry);
        to.end();
    }

    private static void writeEntry(SectionWriter to, EntryLog.Open entry) {
        to.putLong(entry.index()).putLong(entry.epoch());
        to.putLong(entry.generation()).putLong(entry.offset()).putLong(entry.bytes());
        to.putRecord(entry.record());
    }

    /**
     * Some of where the entries from {@code from} to {@code last} lie, but for those that are covered by now.
     *
     * @return the first one that is left; behind {@code last} when none is
     */
    static long writePlaces(SectionWriter to, EntryLog log, long from, long last) {
        long first = Math.max(from, log.coverIndex() + 1);
        if (first > last) {
            return first;
        }
        long end = Math.min(last + 1, first + PER_SECTION);
        to.begin(SectionType.ENTRY_PLACES);
        to.putInt(log.shard()).putLong(first);
        for (long index = first; index < end; index++) {
            to.putLong(log.locationOf(index));
        }
        to.end();
        return end;
    }

    private static void begin(SectionWriter to, byte type, int shard, int i) {
        if (i % PER_SECTION == 0) {
            to.begin(type);
            to.putInt(shard);
        }
    }

    private static void end(SectionWriter to, int i, int count) {
        if (i == count - 1 || i % PER_SECTION == PER_SECTION - 1) {
            to.end();
        }
    }

    static void readLog(SectionReader from, Map<Integer, CheckpointedEntries> logs, LiveRecords live) {
        int shard = from.getInt();
        var log = new CheckpointedEntries(shard, from.getLong(), from.getLong(), from.getLong(), from.getLong());
        LiveShard state = live.shard(shard);
        state.replicated = true;
        state.epochBegunIndex = from.getLong();
        while (from.hasRemaining()) {
            log.addRun(from.getLong(), from.getLong());
        }
        logs.put(shard, log);
    }

    static void readOpen(SectionReader from, CheckpointedEntries log) throws DamagedFormatException {
        while (from.hasRemaining()) {
            log.addOpen(readEntry(from));
        }
    }

    static void readVoters(SectionReader from, CheckpointedEntries log) throws DamagedFormatException {
        while (from.hasRemaining()) {
            long index = from.getLong();
            if (from.getRecord() instanceof JournalRecord.VotersNamed named) {
                log.addVoters(index, named);
            } else {
                throw DamagedFormatException.damaged("entry " + index + " names no voters");
            }
        }
    }

    static void readOpenBodies(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.openBodies.add(from.getLong());
        }
    }

    static RecoveredLog.Restated readRestatement(SectionReader from) throws DamagedFormatException {
        return new RecoveredLog.Restated(from.getInt(), readEntry(from));
    }

    private static EntryLog.Open readEntry(SectionReader from) throws DamagedFormatException {
        long index = from.getLong();
        long epoch = from.getLong();
        long generation = from.getLong();
        long offset = from.getLong();
        long bytes = from.getLong();
        return new EntryLog.Open(
                index, epoch, from.getRecord(), generation, offset, bytes, EntryLog.Open.UNKNOWN_COPIES);
    }

    static void readPlaces(SectionReader from, CheckpointedEntries log) {
        long index = from.getLong();
        while (from.hasRemaining()) {
            log.addPlace(index++, from.getLong());
        }
    }
}
