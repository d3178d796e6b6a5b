package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of a shard whose commit is a majority's, as it was at one moment: all records that were alive at its committed
 * index, to be read a piece at a time while the log goes on. Handed to {@link StagedState} in that order, they make the same
 * state. The last of them says when the last epoch began, whatever became of the record that said so first.
 *
 * <p>Design note: where the records lay is taken as pages that the writer copies when it changes them, so the moment costs
 * nothing for each record. Their segments stay as files while this is open, though the log may need them no more; but not
 * for longer than was asked for, and not when the disk is full. Then what is left cannot be read, and that is said.
 *
 * <p>Made by any thread, taken by the writer thread, read by the reading thread.
 */
public final class StateCapture {
    private static final int RECORDS_MAX = 4_096;

    private final int shard;
    private final long millisMax;
    private final Consumer<StateCapture> whenTaken;

    private long index;
    private long epoch;
    private long epochBegunIndex;
    private long votersIndex;
    private long votersAt;
    private long records;
    private long bytes;
    private long overAtMillis;
    private List<RecordPage> pages = List.of();
    private @Nullable RecordPages source;
    private List<Segment> segments = List.of();
    private long currentEnd;

    private int nextPage;
    private int nextEntry;
    private JournalRecord.@Nullable VotersNamed voters;
    private @Nullable RecordFetcher fetcher;
    private volatile @Nullable String problem;
    private volatile boolean closed;

    StateCapture(int shard, long millisMax, Consumer<StateCapture> whenTaken) {
        this.shard = shard;
        this.millisMax = millisMax;
        this.whenTaken = whenTaken;
    }

    public int shard() {
        return shard;
    }

    /** All entries up to this one made the state. */
    public long index() {
        return index;
    }

    /** Epoch of that entry. */
    public long epoch() {
        return epoch;
    }

    /** The last committed entry that names the voters; null when none does. */
    public JournalRecord.@Nullable VotersNamed voters() {
        return voters;
    }

    /** How many records there are. */
    public long records() {
        return records;
    }

    /** What all of them take on disk, or up to a quarter less. */
    public long bytes() {
        return bytes;
    }

    /** Why there is nothing to read any more; null when there is. */
    public @Nullable String problem() {
        return problem;
    }

    // The writer thread.

    /** Between batches. */
    void take(LiveShard state, ShardTail tail, SegmentLine line, long nowMillis) {
        EntryLog entries = tail.entriesThere();
        index = entries.committedIndex();
        epoch = entries.committedEpoch();
        epochBegunIndex = state.epochBegunIndex;
        votersIndex = state.votersIndex;
        votersAt = votersIndex == 0 ? Location.NONE : state.pages.get(votersIndex);
        records = state.pages.count();
        pages = state.pages.snapshot();
        source = state.pages;
        segments = line.all();
        currentEnd = line.current().endPosition();
        overAtMillis = nowMillis + millisMax;
    }

    /** The segments are not kept for it any longer. */
    void lose(String why) {
        problem = why;
    }

    boolean isOverdue(long nowMillis) {
        return nowMillis >= overAtMillis;
    }

    /** Nobody reads it any more. */
    boolean isClosed() {
        return closed;
    }

    void release() {
        if (source != null) {
            source.releaseSnapshot();
            source = null;
        }
    }

    // The reading thread.

    /** It was taken, or there is nothing to take. */
    void begin(FileLayer files) {
        var opened = new RecordFetcher(files);
        fetcher = opened;
        if (votersAt != Location.NONE && problem == null) {
            ReadRequest request = request(new long[] {votersIndex}, new long[] {votersAt});
            opened.fetch(request);
            if (request.record(0) instanceof JournalRecord.VotersNamed named) {
                voters = named;
            } else {
                problem = "the voters cannot be read: " + request.problem(0);
            }
        }
        for (RecordPage page : pages) {
            for (long location : page.locations) {
                bytes += location == Location.NONE ? 0 : Location.bytesAtLeast(location);
            }
        }
        tellTaken();
    }

    void tellTaken() {
        whenTaken.accept(this);
    }

    private ReadRequest request(long[] indices, long[] locations) {
        return ReadRequest.at(shard, indices, locations, segments, currentEnd);
    }

    /** The next records: one, and as many more as take {@code bytesMax} on disk. */
    StatePiece read(int bytesMax) {
        String known = problem;
        RecordFetcher from = fetcher;
        if (known == null && (from == null || closed)) {
            known = "it is closed";
        }
        if (known != null || from == null) {
            return new StatePiece(List.of(), false, known);
        }
        var indices = new long[RECORDS_MAX];
        var locations = new long[RECORDS_MAX];
        var committed = new boolean[RECORDS_MAX];
        int count = 0;
        long gathered = 0;
        while (nextPage < pages.size() && count < RECORDS_MAX && gathered < bytesMax) {
            RecordPage page = pages.get(nextPage);
            long location = page.locations[nextEntry];
            if (location != Location.NONE && (count == 0 || gathered + Location.bytesAtMost(location) <= bytesMax)) {
                indices[count] = page.firstIndex() + nextEntry;
                locations[count] = location;
                committed[count++] = page.owner(nextEntry) > 0;
            } else if (location != Location.NONE) {
                break;
            }
            gathered += location == Location.NONE ? 0 : Location.bytesAtMost(location);
            nextEntry++;
            if (nextEntry == RecordPages.PAGE_ENTRIES) {
                nextEntry = 0;
                nextPage++;
            }
        }
        ReadRequest request = request(Arrays.copyOf(indices, count), Arrays.copyOf(locations, count));
        from.fetch(request);
        return piece(request, committed, nextPage == pages.size());
    }

    private StatePiece piece(ReadRequest request, boolean[] committed, boolean last) {
        var read = new ArrayList<StateRecord>(request.count() + 1);
        for (int i = 0; i < request.count(); i++) {
            JournalRecord record = request.record(i);
            if (record == null) {
                String why = problem;
                problem = why == null ? request.problem(i) : why;
                return new StatePiece(List.of(), false, problem);
            }
            read.add(new StateRecord(
                    request.index(i), request.epoch(i), committed[i] ? RecordFetcher.asMessage(record) : record));
        }
        if (last && epochBegunIndex != 0) {
            read.add(new StateRecord(epochBegunIndex, epoch, new JournalRecord.EpochBegun()));
        }
        return new StatePiece(read, last, null);
    }

    void close() {
        closed = true;
        pages = List.of();
        if (fetcher != null) {
            fetcher.close();
        }
    }
}
