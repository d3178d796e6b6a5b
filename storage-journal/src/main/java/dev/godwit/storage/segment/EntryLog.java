package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of a shard whose commit is a majority's: what is written and not committed, and where each entry lies that a
 * follower may still ask for. An entry has no effect on {@link LiveRecords} before its commit: so a checkpoint holds nothing
 * that may be dropped, nothing of it is moved, and dropping it is forgetting it here.
 *
 * <p>Up to its <em>cover</em> the log is not kept whole; what is alive of it is. From there on no segment is freed. Owned by
 * the writer thread, before that by the thread that opens the journal.
 */
final class EntryLog {
    /** Of an entry that is not there any more. */
    static final long UNKNOWN_EPOCH = -1;

    private static final long UNKNOWN_INDEX = -1;

    /**
     * An entry that is not committed. The bytes of its body may have changed since.
     *
     * @param generation of the segment in which it begins
     * @param offset where it begins there
     * @param bytes on disk, with all pieces
     * @param copiesBefore how many records had been moved when it was written; {@link #UNKNOWN_COPIES} after a restart
     */
    record Open(
            long index, long epoch, JournalRecord record, long generation, long offset, long bytes, long copiesBefore) {
        static final long UNKNOWN_COPIES = -1;

        private Open behindCopies() {
            return new Open(index, epoch, record, generation, offset, bytes, UNKNOWN_COPIES);
        }
    }

    private final int shard;
    private final ArrayDeque<Open> open = new ArrayDeque<>();
    private final List<FoundEntries.EpochRun> runs = new ArrayList<>();
    private final EntryPlaces places;

    /** Entries behind the cover that name the replicas. */
    private final NavigableMap<Long, JournalRecord.VotersNamed> voters = new TreeMap<>();

    /** Open entries that share a body. */
    private final NavigableMap<Long, JournalRecord.CopyEnqueued> openCopies = new TreeMap<>();

    private long coverIndex;
    private long coverEpoch;
    private long coverWanted;
    private long committedIndex;
    private long committedEpoch;
    private long markedIndex;

    /** The log goes on behind {@code index}, up to which all is committed and nothing kept but what is alive. */
    EntryLog(int shard, long index, long epoch) {
        this(shard, index, epoch, index, epoch);
        markedIndex = UNKNOWN_INDEX;
    }

    /** Found by recovery: the log had come to {@code lastIndex}, and was committed up to {@code committedIndex}. */
    EntryLog(int shard, long lastIndex, long lastEpoch, long committedIndex, long committedEpoch) {
        this.shard = shard;
        places = new EntryPlaces();
        coverIndex = lastIndex;
        coverEpoch = lastEpoch;
        coverWanted = coverIndex;
        this.committedIndex = committedIndex;
        this.committedEpoch = committedEpoch;
        markedIndex = committedIndex;
    }

    /** As a checkpoint has it. Whether the files say how far it is committed is not known. */
    EntryLog(
            int shard,
            long coverIndex,
            long coverEpoch,
            List<FoundEntries.EpochRun> runs,
            EntryPlaces places,
            NavigableMap<Long, JournalRecord.VotersNamed> voters,
            long committedIndex,
            long committedEpoch,
            List<Open> open) {
        this.shard = shard;
        this.coverIndex = coverIndex;
        this.coverEpoch = coverEpoch;
        coverWanted = coverIndex;
        this.runs.addAll(runs);
        this.places = places;
        this.voters.putAll(voters);
        this.committedIndex = committedIndex;
        this.committedEpoch = committedEpoch;
        markedIndex = UNKNOWN_INDEX;
        this.open.addAll(open);
        for (Open entry : open) {
            if (entry.record() instanceof JournalRecord.CopyEnqueued copy) {
                openCopies.put(entry.index(), copy);
            }
        }
    }

    int shard() {
        return shard;
    }

    long lastIndex() {
        return coverIndex + places.count();
    }

    long lastEpoch() {
        return runs.isEmpty() ? coverEpoch : runs.get(runs.size() - 1).epoch();
    }

    /** Up to here entries are not kept whole; 0 when all are. */
    long coverIndex() {
        return coverIndex;
    }

    long committedIndex() {
        return committedIndex;
    }

    long committedEpoch() {
        return committedEpoch;
    }

    /** Epoch of the entry at the cover. */
    long coverEpoch() {
        return coverEpoch;
    }

    /** Where epochs begin behind the cover; the first run may begin before it. */
    List<FoundEntries.EpochRun> runs() {
        return runs;
    }

    /** Entries behind the cover that name the replicas, by index. */
    NavigableMap<Long, JournalRecord.VotersNamed> voters() {
        return voters;
    }

    /** Those that are written and not committed, in their order. */
    Iterable<Open> open() {
        return open;
    }

    /** Written and not committed. */
    int openCount() {
        return open.size();
    }

    /** Of an entry from the cover's on. */
    long epochAt(long index) {
        if (index == coverIndex) {
            return coverEpoch;
        }
        if (index < coverIndex || index > lastIndex()) {
            throw new IllegalArgumentException("entry " + index + " of " + coverIndex + " to " + lastIndex());
        }
        int run = runs.size() - 1;
        while (runs.get(run).first() > index) {
            run--;
        }
        return runs.get(run).epoch();
    }

    /** {@link Location#NONE} when the entry is not there, or covered. */
    long locationOf(long index) {
        return index <= coverIndex || index > lastIndex()
                ? Location.NONE
                : places.get(Math.toIntExact(index - coverIndex - 1));
    }

    /** The same of an entry that is not committed. */
    long openLocationOf(long index) {
        return index <= committedIndex ? Location.NONE : locationOf(index);
    }

    /** What an entry says that shares a body and is not committed; null of any other. */
    JournalRecord.@Nullable CopyEnqueued openCopyAt(long index) {
        return openCopies.get(index);
    }

    /** @param votersAtCover see there */
    FoundEntries found(JournalRecord.@Nullable VotersNamed votersAtCover) {
        return new FoundEntries(true, coverIndex, coverEpoch, committedIndex, lastIndex(), runs, votersAtCover, voters);
    }

    /** The entry is in a batch. */
    void append(Open entry) {
        if (entry.index() != lastIndex() + 1 || entry.epoch() < lastEpoch()) {
            throw new IllegalStateException("entry " + entry.index() + " of epoch " + entry.epoch() + " of shard "
                    + shard + " after " + lastIndex() + " of epoch " + lastEpoch());
        }
        if (runs.isEmpty() || entry.epoch() != lastEpoch()) {
            runs.add(new FoundEntries.EpochRun(entry.index(), entry.epoch()));
        }
        places.add(Location.of(entry.generation(), entry.offset(), entry.bytes()));
        open.addLast(entry);
        if (entry.record() instanceof JournalRecord.VotersNamed named) {
            // Recovery shows bodies that do not last.
            ByteBuffer body = named.voters();
            voters.put(
                    entry.index(),
                    new JournalRecord.VotersNamed(ByteBuffer.allocate(body.remaining())
                            .put(body.duplicate())
                            .flip()));
        } else if (entry.record() instanceof JournalRecord.CopyEnqueued copy) {
            openCopies.put(entry.index(), copy);
        }
    }

    /** The entries from {@code fromIndex} on are none any more. */
    void truncate(long fromIndex) {
        if (fromIndex <= committedIndex) {
            throw new IllegalStateException(
                    "shard " + shard + " truncated at " + fromIndex + ", committed " + committedIndex);
        }
        open.removeIf(entry -> entry.index() >= fromIndex);
        runs.removeIf(run -> run.first() >= fromIndex);
        voters.tailMap(fromIndex, true).clear();
        openCopies.tailMap(fromIndex, true).clear();
        if (fromIndex <= coverIndex) {
            // Only while a log is recovered whose oldest entries are gone.
            beginBehind(fromIndex - 1, fromIndex - 1 == committedIndex ? committedEpoch : UNKNOWN_EPOCH);
        } else if (fromIndex <= lastIndex()) {
            places.keep(Math.toIntExact(fromIndex - coverIndex - 1));
        }
    }

    private void beginBehind(long index, long epoch) {
        places.keep(0);
        runs.clear();
        voters.clear();
        coverIndex = index;
        coverEpoch = epoch;
        coverWanted = Math.min(coverWanted, index);
    }

    /** A majority has all up to {@code index}: each that was not committed is told, in order. */
    void commit(long index, Consumer<Open> committed) {
        commit(index, index <= committedIndex ? committedEpoch : epochAt(index), committed);
    }

    private void commit(long index, long epoch, Consumer<Open> committed) {
        if (index <= committedIndex) {
            return;
        }
        Open first = open.peekFirst();
        while (first != null && first.index() <= index) {
            committed.accept(open.removeFirst());
            first = open.peekFirst();
        }
        if (!openCopies.isEmpty()) {
            openCopies.headMap(index, true).clear();
        }
        committedIndex = index;
        committedEpoch = epoch;
    }

    /** Whether the files do not say yet how far the log is committed. */
    boolean isMarkDue() {
        return markedIndex != committedIndex;
    }

    /** The batch that is laid out says how far the log is committed. */
    void onMarked() {
        markedIndex = committedIndex;
        coverAsMarked();
    }

    /** Nobody will ask for entries up to {@code index}, which is committed. */
    void cover(long index) {
        if (index > committedIndex) {
            throw new IllegalStateException(
                    "shard " + shard + " covered to " + index + ", committed " + committedIndex);
        }
        coverWanted = Math.max(coverWanted, index);
        coverAsMarked();
    }

    /** Where entries are freed, the files must say that they were committed. */
    private void coverAsMarked() {
        long to = Math.min(coverWanted, markedIndex);
        if (to > coverIndex) {
            coverTo(to);
        }
    }

    private void coverTo(long to) {
        long epoch = epochAt(to);
        places.removeFirst(Math.toIntExact(to - coverIndex));
        while (runs.size() > 1 && runs.get(1).first() <= to + 1) {
            runs.remove(0);
        }
        voters.headMap(to, true).clear();
        coverIndex = to;
        coverEpoch = epoch;
        coverWanted = Math.max(coverWanted, to);
    }

    /**
     * A state has come from elsewhere that stands for all entries up to {@code index}, which was not known to be committed. What
     * the log has behind that stays. If it has another entry of that index, it was truncated before.
     */
    void install(long index, long epoch) {
        if (index <= committedIndex) {
            throw new IllegalStateException(
                    "shard " + shard + " is given the state at " + index + ", committed " + committedIndex);
        }
        open.removeIf(entry -> entry.index() <= index);
        openCopies.headMap(index, true).clear();
        // What they end may lie behind them now.
        putOpenBehindCopies();
        if (index > lastIndex()) {
            beginBehind(index, epoch);
        } else if (index > coverIndex) {
            coverTo(index);
        } else if (index == coverIndex) {
            coverEpoch = epoch;
        }
        committedIndex = index;
        committedEpoch = epoch;
        markedIndex = index;
    }

    /** Whether it has another entry of that index. */
    boolean contradicts(long index, long epoch) {
        return index > coverIndex && index <= lastIndex() && epochAt(index) != epoch;
    }

    private void putOpenBehindCopies() {
        for (int left = open.size(); left > 0; left--) {
            open.addLast(open.removeFirst().behindCopies());
        }
    }

    /**
     * The generation of the oldest segment with an entry behind the cover; {@link Long#MAX_VALUE} for none.
     *
     * @param oldest the generation of the oldest segment there is
     */
    long oldestNeeded(long oldest) {
        return places.count() == 0 ? Long.MAX_VALUE : Location.generation(places.get(0), oldest);
    }

    /**
     * The last entry that begins in a segment before {@code generation}, as far as it is known to be kept whole; the cover
     * where there is none.
     *
     * @param oldest the generation of the oldest segment there is
     */
    long lastBefore(long generation, long oldest) {
        int from = 0;
        int to = places.count();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (Location.generation(places.get(middle), oldest) < generation) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return coverIndex + from;
    }

    // Recovery.

    /** An entry was read. One that was committed before the place where reading began is known. */
    void recover(Open entry) throws CorruptJournalException {
        if (entry.index() <= committedIndex) {
            return;
        }
        if (entry.index() != lastIndex() + 1) {
            throw CorruptJournalException.because("entry " + entry.index() + " of shard " + shard + " follows entry "
                    + lastIndex() + ": what is between them is missing");
        }
        if (entry.epoch() < lastEpoch()) {
            throw CorruptJournalException.because(
                    "entry " + entry.index() + " of shard " + shard + ", of epoch " + entry.epoch()
                            + ", follows one of epoch " + lastEpoch() + ": what was dropped between them is missing");
        }
        append(entry);
    }

    /** What was said of a place where entries were dropped; what was committed was written again behind it. */
    void recoverTruncation(long fromIndex) {
        truncate(Math.max(fromIndex, committedIndex + 1));
    }

    /** The log had come to {@code index} whatever was read of it. */
    void recoverTail(long index, long epoch) {
        if (index > lastIndex()) {
            beginBehind(index, epoch);
        }
    }

    void recoverInstall(long index, long epoch) throws CorruptJournalException {
        if (index <= committedIndex) {
            throw CorruptJournalException.because("shard " + shard + " was given the state after entry " + index
                    + ", and was committed up to " + committedIndex);
        }
        if (contradicts(index, epoch)) {
            throw CorruptJournalException.because(
                    "shard " + shard + " was given the state after another entry " + index + " than it has");
        }
        install(index, epoch);
    }

    void recoverCommit(long index, long epoch, Consumer<Open> committed) throws CorruptJournalException {
        if (index > lastIndex()) {
            throw CorruptJournalException.because(
                    "shard " + shard + " was committed up to entry " + index + ", and its log ends at " + lastIndex());
        }
        commit(index, epoch, committed);
        markedIndex = committedIndex;
        if (index == coverIndex) {
            coverEpoch = epoch;
        }
    }

    /** All has been read: finds from where on the log is whole. Behind what is open there may be any number of copies. */
    void endRecovery(SegmentLine line) throws CorruptJournalException {
        putOpenBehindCopies();
        int freed = 0;
        while (freed < places.count()
                && !line.has(
                        Location.generation(places.get(freed), line.oldest().generation()))) {
            freed++;
        }
        if (coverIndex + freed > committedIndex) {
            throw CorruptJournalException.because("the entries of shard " + shard + " behind " + committedIndex
                    + ", up to " + (coverIndex + freed) + ", are missing");
        }
        if (freed > 0) {
            // They were covered since the checkpoint.
            coverTo(coverIndex + freed);
        }
        if (coverEpoch == UNKNOWN_EPOCH) {
            coverWanted = coverIndex + 1;
            coverAsMarked();
        }
    }
}
