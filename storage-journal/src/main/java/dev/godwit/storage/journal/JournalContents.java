package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.ShardRecovery;
import dev.godwit.storage.segment.Damage;
import dev.godwit.storage.segment.LogContents;
import dev.godwit.storage.segment.RecordsRead;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What is alive in a stopped journal: what a start would find. Owned by one thread; valid while its inspection is. */
public final class JournalContents implements AutoCloseable {
    /**
     * A segment that holds the log.
     *
     * @param segmentBytes length of the file; 0 when it is missing
     * @param usedBytes up to where batches lie in it
     * @param liveBytes what the next start needs of it, about
     */
    public record SegmentUse(String fileName, long segmentBytes, long usedBytes, long liveRecords, long liveBytes) {}

    private final Path directory;
    private final LogContents contents;

    JournalContents(Path directory, LogContents contents) {
        this.directory = directory;
        this.contents = contents;
    }

    public UUID journalId() {
        return contents.journalId();
    }

    /** What is not as it was written, and is left out. */
    public List<Damage> damages() {
        return contents.damages();
    }

    /** Files that are kept ready to be written on. */
    public int spareFiles() {
        return contents.spareFiles();
    }

    /** Oldest first. */
    public List<SegmentUse> segments() {
        var segments = new ArrayList<SegmentUse>();
        contents.segments((fileName, segmentBytes, usedBytes, liveRecords, liveBytes) ->
                segments.add(new SegmentUse(fileName, segmentBytes, usedBytes, liveRecords, liveBytes)));
        return segments;
    }

    /** Tells each shard what is alive in it, as {@link Journal#recover} does. */
    public void recover(IntFunction<@Nullable ShardRecovery> recoveryOfShard) throws JournalOpenException {
        try {
            contents.recover(recoveryOfShard);
        } catch (IOException e) {
            throw JournalStore.whyNot(directory, e);
        }
    }

    /** Told of each record that was asked for, in the order asked. */
    public interface RecordListener {
        void onRecord(long index, JournalRecord record);

        /**
         * There is nothing to be had under this index.
         *
         * @param problem which bytes of which file are damaged, or that there is no such record
         */
        void onUnreadable(long index, String problem);
    }

    /** Reads live records back: the listener has been told of each when the call returns. */
    public void read(int shard, long[] indices, RecordListener listener) {
        RecordsRead read = contents.read(shard, indices);
        for (int i = 0; i < read.count(); i++) {
            JournalRecord record = read.record(i);
            if (record == null) {
                listener.onUnreadable(read.index(i), read.problem(i));
            } else {
                listener.onRecord(read.index(i), record);
            }
        }
    }

    @Override
    public void close() {
        contents.close();
    }
}
