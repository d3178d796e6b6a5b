package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord.VotersNamed;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a journal was found to hold of a shard's log when it was opened: where the log begins and ends, and what it is made of.
 *
 * @param isReplicated whether the commit of the shard was a majority's; else all of it is committed and covered
 * @param coverIndex up to here entries are not kept whole
 * @param coverEpoch of the entry at {@code coverIndex}; 0 for none
 * @param committedIndex up to here the log is known to be committed
 * @param lastIndex of the last entry, which need not be committed
 * @param epochs of the entries behind the cover, in order
 * @param votersAtCover who the replicas were by the entries up to the cover; null when none said so, or a later one that is
 *     committed does
 * @param votersBehind by index, the entries behind the cover that name the replicas
 */
public record FoundEntries(
        boolean isReplicated,
        long coverIndex,
        long coverEpoch,
        long committedIndex,
        long lastIndex,
        List<EpochRun> epochs,
        @Nullable VotersNamed votersAtCover,
        NavigableMap<Long, VotersNamed> votersBehind) {
    /** Entries from {@code first} on are of {@code epoch}, up to the next run. The first one may begin before the cover ends. */
    public record EpochRun(long first, long epoch) {}

    static final FoundEntries NONE = standalone(0, 0);

    public FoundEntries {
        epochs = List.copyOf(epochs);
        votersBehind = Collections.unmodifiableNavigableMap(new TreeMap<>(votersBehind));
    }

    static FoundEntries of(FileLayer files, RecoveredLog log, int shard) throws IOException {
        ShardTail tail = log.tails().get(shard);
        if (tail == null) {
            return NONE;
        }
        EntryLog entries = tail.entries();
        if (entries == null) {
            return standalone(tail.lastIndex(), tail.epoch());
        }
        long votersIndex = log.live().shard(shard).votersIndex;
        boolean isCovered = votersIndex != 0 && votersIndex <= entries.coverIndex();
        return entries.found(isCovered ? votersAt(files, log, shard, votersIndex) : null);
    }

    private static VotersNamed votersAt(FileLayer files, RecoveredLog log, int shard, long index) throws IOException {
        var request = new ReadRequest(shard, new long[] {index}, done -> {});
        request.resolve(log.live(), log.segments());
        try (var fetcher = new RecordFetcher(files)) {
            fetcher.fetch(request);
        }
        if (request.record(0) instanceof VotersNamed named) {
            return named;
        }
        throw CorruptJournalException.because("record " + index + " of shard " + shard
                + ", which names its replicas, cannot be read: " + request.problem(0));
    }

    private static FoundEntries standalone(long lastIndex, long epoch) {
        return new FoundEntries(false, lastIndex, epoch, lastIndex, lastIndex, List.of(), null, new TreeMap<>());
    }

    /** Epoch of the last entry; 0 for none. */
    public long lastEpoch() {
        return epochs.isEmpty() ? coverEpoch : epochs.get(epochs.size() - 1).epoch();
    }
}
