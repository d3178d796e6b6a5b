package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Records to be read back. It goes from the shard's loop to the writer thread, which alone knows where they lie, on to
 * the reading thread, and back to the shard's loop with what was found; where a record has moved meanwhile, to the writer
 * once more. Owned by whoever has it.
 */
final class ReadRequest implements RecordsRead {
    private static final String NOT_THERE = "there is no such record any more";

    private static final long RECORDS_NOT_ENTRIES = 0;

    private final int shard;
    private final long[] indices;
    private final long bytesMax;
    private final Consumer<RecordsRead> done;
    private final long[] epochs;
    private final @Nullable JournalRecord[] records;
    private final @Nullable String[] problems;

    /** Where each record lies; {@link Location#NONE} for those that need not be looked for. */
    private final long[] locations;

    private final long[] locationsBefore;

    /** Of messages whose body lies in another record; null as long as there is none. */
    private JournalRecord.@Nullable CopyEnqueued @Nullable [] copies;

    /** All that there were when the locations were found; the last one was being written on, and ended there. */
    private List<Segment> segments = List.of();

    private long currentEnd;

    ReadRequest(int shard, long[] indices, Consumer<RecordsRead> done) {
        this(shard, indices, RECORDS_NOT_ENTRIES, done);
    }

    private ReadRequest(int shard, long[] indices, long bytesMax, Consumer<RecordsRead> done) {
        this.shard = shard;
        this.indices = indices;
        this.bytesMax = bytesMax;
        this.done = done;
        epochs = new long[indices.length];
        records = new JournalRecord[indices.length];
        problems = new String[indices.length];
        locations = new long[indices.length];
        locationsBefore = new long[indices.length];
    }

    /**
     * Records whose places are known, as they stand there.
     *
     * @param segments in which they lie; the last one may be read up to {@code currentEnd}
     */
    static ReadRequest at(int shard, long[] indices, long[] locations, List<Segment> segments, long currentEnd) {
        var request = new ReadRequest(shard, indices, Long.MAX_VALUE, read -> {});
        System.arraycopy(locations, 0, request.locations, 0, locations.length);
        request.segments = segments;
        request.currentEnd = currentEnd;
        return request;
    }

    /**
     * Entries of a log as they were appended, committed or not, alive or dead.
     *
     * @param bytesMax from how many bytes on, but for the first of them, they are left out
     */
    static ReadRequest ofEntries(int shard, long firstIndex, int count, long bytesMax, Consumer<RecordsRead> done) {
        return new ReadRequest(
                shard, LongStream.range(firstIndex, firstIndex + count).toArray(), bytesMax, done);
    }

    /** Whether what is read are entries, and no messages yet. */
    boolean isOfEntries() {
        return bytesMax != RECORDS_NOT_ENTRIES;
    }

    int shard() {
        return shard;
    }

    @Override
    public int count() {
        return indices.length;
    }

    @Override
    public long index(int i) {
        return indices[i];
    }

    @Override
    public @Nullable JournalRecord record(int i) {
        return records[i];
    }

    @Override
    public long epoch(int i) {
        return epochs[i];
    }

    @Override
    public String problem(int i) {
        String problem = problems[i];
        return problem == null ? NOT_THERE : problem;
    }

    /** Looks up where those lie that have not been read yet. The thread that opens the journal. */
    void resolve(LiveRecords live, SegmentLine line) {
        resolve(live, null, line);
    }

    /**
     * The same on the writer thread.
     *
     * @param entries the shard's log, if its commit is a majority's: who asks for an entry that is open here knows already that it
     *     is committed
     */
    void resolve(LiveRecords live, @Nullable EntryLog entries, SegmentLine line) {
        segments = line.all();
        currentEnd = line.current().endPosition();
        Arrays.fill(locations, Location.NONE);
        if (isOfEntries()) {
            if (entries != null) {
                resolveEntries(entries);
            }
            return;
        }
        for (int i = 0; i < indices.length; i++) {
            if (records[i] == null) {
                JournalRecord.CopyEnqueued copy = live.copyAt(shard, indices[i]);
                if (copy == null && entries != null) {
                    copy = entries.openCopyAt(indices[i]);
                }
                if (copy != null) {
                    copies()[i] = copy;
                }
                long at = live.locationOf(shard, recordIndex(i));
                if (at == Location.NONE && entries != null) {
                    at = entries.openLocationOf(recordIndex(i));
                }
                if (at == Location.NONE) {
                    problems[i] = copy == null
                            ? NOT_THERE
                            : "the body that it shares with others, record " + copy.bodyIndex() + ", is lost";
                } else {
                    locate(i, at);
                }
            }
        }
    }

    private void resolveEntries(EntryLog entries) {
        long bytes = 0;
        for (int i = 0; i < indices.length; i++) {
            long at = entries.locationOf(indices[i]);
            bytes += at == Location.NONE ? 0 : Location.bytesAtMost(at);
            if (at == Location.NONE || (i > 0 && bytes > bytesMax)) {
                return;
            }
            if (records[i] == null) {
                locate(i, at);
            }
        }
    }

    private void locate(int i, long at) {
        if (at != locationsBefore[i]) {
            locations[i] = at;
            locationsBefore[i] = at;
            problems[i] = null;
        }
    }

    private JournalRecord.@Nullable CopyEnqueued[] copies() {
        JournalRecord.@Nullable CopyEnqueued[] known = copies;
        if (known == null) {
            known = new JournalRecord.CopyEnqueued[indices.length];
            copies = known;
        }
        return known;
    }

    private JournalRecord.@Nullable CopyEnqueued copy(int i) {
        JournalRecord.@Nullable CopyEnqueued[] known = copies;
        return known == null ? null : known[i];
    }

    /** Of the record that holds what is to be read. */
    long recordIndex(int i) {
        JournalRecord.CopyEnqueued copy = copy(i);
        return copy == null ? indices[i] : copy.bodyIndex();
    }

    boolean isToBeRead(int i) {
        return locations[i] != Location.NONE;
    }

    long location(int i) {
        return locations[i];
    }

    Segment segment(int i) {
        return segments.get(place(i));
    }

    /** The segment in which the record begins, and all that follow. */
    List<Segment> segmentsFrom(int i) {
        return segments.subList(place(i), segments.size());
    }

    private int place(int i) {
        long oldest = oldestGeneration();
        return Math.toIntExact(Location.generation(locations[i], oldest) - oldest);
    }

    /** How far the segment may be read. */
    long endOf(Segment segment) {
        return segment == segments.get(segments.size() - 1) ? currentEnd : segment.endPosition();
    }

    long currentEnd() {
        return currentEnd;
    }

    long oldestGeneration() {
        return segments.get(0).generation();
    }

    void found(int i, long epoch, JournalRecord record) {
        epochs[i] = epoch;
        JournalRecord.CopyEnqueued copy = copy(i);
        if (copy == null) {
            records[i] = record;
        } else if (record instanceof JournalRecord.BodyStored shared) {
            records[i] = copy.with(shared);
        } else {
            missed(i, "record " + copy.bodyIndex() + " is no body to be shared");
        }
    }

    /** The bytes are not what they should be: they are damaged, or the record has moved. */
    void missed(int i, String problem) {
        problems[i] = problem;
    }

    /** None of those that were not read yet can be. */
    void missRest(String problem) {
        for (int i = 0; i < indices.length; i++) {
            if (records[i] == null && problems[i] == null) {
                problems[i] = problem;
            }
        }
    }

    /** True when something was to be read and was not found where it should be. */
    boolean isMissingAny() {
        for (int i = 0; i < indices.length; i++) {
            if (locations[i] != Location.NONE && records[i] == null) {
                return true;
            }
        }
        return false;
    }

    void end() {
        segments = List.of();
        done.accept(this);
    }
}
