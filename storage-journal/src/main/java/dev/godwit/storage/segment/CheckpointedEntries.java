package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The log of a majority while it is read from a checkpoint, in which its parts are scattered: what it was when the checkpoint
 * began, and where its committed entries lay later on, but for those that were covered meanwhile. Used once, by the thread
 * that opens the journal.
 */
final class CheckpointedEntries {
    private final int shard;
    private final long coverIndex;
    private final long coverEpoch;
    private final long committedIndex;
    private final long committedEpoch;
    private final List<FoundEntries.EpochRun> runs = new ArrayList<>();
    private final List<EntryLog.Open> open = new ArrayList<>();
    private final NavigableMap<Long, JournalRecord.VotersNamed> voters = new TreeMap<>();
    private EntryPlaces places = new EntryPlaces();
    private long firstPlace;

    CheckpointedEntries(int shard, long coverIndex, long coverEpoch, long committedIndex, long committedEpoch) {
        this.shard = shard;
        this.coverIndex = coverIndex;
        this.coverEpoch = coverEpoch;
        this.committedIndex = committedIndex;
        this.committedEpoch = committedEpoch;
        firstPlace = coverIndex + 1;
    }

    void addRun(long first, long epoch) {
        runs.add(new FoundEntries.EpochRun(first, epoch));
    }

    void addOpen(EntryLog.Open entry) {
        open.add(entry);
    }

    void addVoters(long index, JournalRecord.VotersNamed named) {
        voters.put(index, named);
    }

    /** Where a committed entry lies. Those before it that were not told of are covered. */
    void addPlace(long index, long location) {
        if (index != firstPlace + places.count()) {
            beginAt(index);
        }
        places.add(location);
    }

    private void beginAt(long index) {
        places = new EntryPlaces();
        firstPlace = index;
    }

    /**
     * All that the checkpoint has of it was read.
     *
     * @param lastIndex of the log, as the checkpoint's tails say
     * @param lastEpoch of its last entry
     */
    EntryLog toLog(long lastIndex, long lastEpoch) throws DamagedFormatException {
        if (firstPlace + places.count() != committedIndex + 1) {
            beginAt(committedIndex + 1);
        }
        for (EntryLog.Open entry : open) {
            if (entry.index() != firstPlace + places.count()) {
                throw DamagedFormatException.damaged(
                        "entry " + entry.index() + " of shard " + shard + " is out of order");
            }
            places.add(Location.of(entry.generation(), entry.offset(), entry.bytes()));
        }
        long cover = firstPlace - 1;
        if (cover < coverIndex) {
            throw DamagedFormatException.damaged("entries of shard " + shard + " lie before its cover");
        }
        long epoch = cover == coverIndex ? coverEpoch : epochAt(cover);
        while (runs.size() > 1 && runs.get(1).first() <= cover + 1) {
            runs.remove(0);
        }
        voters.headMap(cover, true).clear();
        var log = new EntryLog(shard, cover, epoch, runs, places, voters, committedIndex, committedEpoch, open);
        if (log.lastIndex() != lastIndex || log.lastEpoch() != lastEpoch) {
            throw DamagedFormatException.damaged("the log of shard " + shard + " ends at entry " + log.lastIndex()
                    + " of epoch " + log.lastEpoch() + ", and not at " + lastIndex + " of epoch " + lastEpoch);
        }
        return log;
    }

    private long epochAt(long index) throws DamagedFormatException {
        for (int run = runs.size() - 1; run >= 0; run--) {
            if (runs.get(run).first() <= index) {
                return runs.get(run).epoch();
            }
        }
        throw DamagedFormatException.damaged("the epoch of entry " + index + " of shard " + shard + " is missing");
    }
}
