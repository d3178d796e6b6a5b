package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.EntrySource;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.RecordsRead;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a leader the entries that its followers have not got: the last ones from memory, older ones from the files, some ahead
 * at once. Owned by the copy's owner.
 */
final class EntryReader implements EntrySource {
    private static final Logger LOG = LoggerFactory.getLogger(EntryReader.class);

    /** Followers that are behind at different places have each some of their own. */
    private static final int STRETCHES_MAX = 4;

    static final int STRETCH_ENTRIES_MAX = 1_024;
    static final long STRETCH_BYTES_MAX = 1 << 20;

    /** Has what is not here read from the files. */
    interface Files {
        /** {@link EntryReader#onRead} is called with what is there, with the same {@code round} and first index. */
        void read(long round, long firstIndex, int count);

        /** See {@link EntrySource#checkpoint}. */
        @Nullable
        Checkpoint checkpoint(ReplicaId follower);
    }

    private final int shard;
    private final RecentEntries recent;
    private final Files files;
    private final RecordSize recordSize = new RecordSize();
    private final ArrayDeque<List<LogEntry>> stretches = new ArrayDeque<>();
    private final Set<Long> asked = new HashSet<>();
    private long round;
    private boolean toldProblem;

    EntryReader(int shard, RecentEntries recent, Files files) {
        this.shard = shard;
        this.recent = recent;
        this.files = files;
    }

    /** Another leader, or none: what was read, or is being read, may be dropped and written again. */
    void reset() {
        round++;
        stretches.clear();
        asked.clear();
        toldProblem = false;
    }

    @Override
    public List<LogEntry> read(long firstIndex, long lastIndex, int bytesMax) {
        if (firstIndex >= recent.firstIndex()) {
            return recent.read(firstIndex, lastIndex, bytesMax);
        }
        for (List<LogEntry> stretch : stretches) {
            long place = firstIndex - stretch.get(0).index();
            if (place >= 0 && place < stretch.size()) {
                return upTo(stretch.subList((int) place, stretch.size()), lastIndex, bytesMax);
            }
        }
        if (asked.size() < STRETCHES_MAX && asked.add(firstIndex)) {
            files.read(round, firstIndex, (int) Math.min(STRETCH_ENTRIES_MAX, recent.firstIndex() - firstIndex));
        }
        return List.of();
    }

    private static List<LogEntry> upTo(List<LogEntry> from, long lastIndex, int bytesMax) {
        long bytes = 0;
        int count = 0;
        for (LogEntry entry : from) {
            bytes += entry.payload().sizeBytes();
            if (entry.index() > lastIndex || (count > 0 && bytes > bytesMax)) {
                break;
            }
            count++;
        }
        return from.subList(0, count);
    }

    /**
     * Entries were read.
     *
     * @return whether there are some that were wanted
     */
    boolean onRead(long roundAsked, long firstIndex, RecordsRead read) {
        if (roundAsked != round) {
            return false;
        }
        asked.remove(firstIndex);
        List<LogEntry> stretch = new ArrayList<>();
        try {
            JournalRecord record = read.count() == 0 ? null : read.record(0);
            for (int i = 0; record != null; record = ++i < read.count() ? read.record(i) : null) {
                int bytes = Math.toIntExact(recordSize.of(record));
                stretch.add(new LogEntry(read.index(i), read.epoch(i), EntryCodec.payloadOf(record, bytes)));
            }
        } catch (DamagedFormatException e) {
            LOG.warn("An entry of shard {} cannot be given to a follower: {}", shard, e.getMessage());
        }
        if (stretch.isEmpty()) {
            if (!toldProblem) {
                LOG.warn(
                        "Entry {} of shard {}, which a follower needs, cannot be read: {}",
                        firstIndex,
                        shard,
                        read.problem(0));
            }
            toldProblem = true;
            return false;
        }
        if (stretches.size() == STRETCHES_MAX) {
            stretches.removeFirst();
        }
        stretches.addLast(stretch);
        return true;
    }

    @Override
    public @Nullable Checkpoint checkpoint(ReplicaId follower) {
        return files.checkpoint(follower);
    }
}
