package dev.godwit.storage.segment;

import dev.godwit.storage.record.ShardRecovery;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is alive in a log that nobody writes: what a start would find, damaged or not. Nothing is changed. Owned by one
 * thread.
 */
public final class LogContents implements Closeable {
    /** Told of each segment that holds the log. */
    public interface SegmentVisitor {
        /**
         * The next newer segment.
         *
         * @param usedBytes up to where batches lie in it
         */
        void onSegment(String fileName, long segmentBytes, long usedBytes, long liveRecords, long liveBytes);
    }

    private final FileLayer files;
    private final RecoveredLog log;
    private final RecordFetcher fetcher;

    private LogContents(FileLayer files, RecoveredLog log) {
        this.files = files;
        this.log = log;
        fetcher = new RecordFetcher(files);
    }

    /**
     * Null when there is no log.
     *
     * @param everything whether to read all of the log, whatever checkpoints there are
     */
    public static @Nullable LogContents of(FileLayer files, boolean everything) throws IOException {
        RecoveredLog found = RecoveryScan.scan(files, everything);
        return found == null ? null : new LogContents(files, found);
    }

    public UUID journalId() {
        return log.journalId();
    }

    /** What is not as it was written. */
    public List<Damage> damages() {
        return log.damages();
    }

    /** Segments that were made ready and are not used yet, and files to be made segments of. */
    public int spareFiles() {
        return log.unused().size() + log.spares().size();
    }

    /** Oldest first. */
    public void segments(SegmentVisitor visitor) {
        for (Segment segment : log.segments().all()) {
            visitor.onSegment(
                    segment.fileName(),
                    segment.isMissing() ? 0 : segment.capacityBytes(),
                    segment.endPosition(),
                    segment.liveRecords(),
                    segment.liveBytes());
        }
    }

    /** Tells each shard what is alive in it; see {@link SegmentedLog#recover}. */
    public void recover(IntFunction<@Nullable ShardRecovery> recoveries) throws IOException {
        StateRecovery.run(files, log, recoveries);
    }

    /** What was found of a shard's log. */
    public FoundEntries entries(int shard) throws IOException {
        return FoundEntries.of(files, log, shard);
    }

    /** Reads records back. */
    public RecordsRead read(int shard, long[] indices) {
        var request = new ReadRequest(shard, indices.clone(), done -> {});
        request.resolve(log.live(), log.segments());
        fetcher.fetch(request);
        return request;
    }

    @Override
    public void close() {
        fetcher.close();
    }
}
