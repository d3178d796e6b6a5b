package dev.godwit.storage.journal;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * How a journal is kept.
 *
 * @param directory where its files are; made when it is missing
 * @param segmentBytes length of a segment file, a multiple of 4096; may be raised from one start to the next, not lowered
 * @param segmentsAhead segments made ready before they are needed
 * @param reserveSegments empty segments put aside at open, so that consumers can drain a full disk: what they do has to be
 *     written too. What awaits the disk when it becomes full finds room in all but one of them
 * @param slackSegments what the files may take besides twice what is alive in them, in segments: one being written, one
 *     being emptied, one for what batches waste
 * @param pendingBytesSoftMax from how many bytes awaiting the disk on {@link ShardLog#isCongested} says yes
 * @param pendingBytesMax how many bytes may await the disk; lazily appended ones may exceed it by an eighth, so that
 *     consumers can settle what producers have filled
 * @param lazySyncMillis how long a lazily appended record may wait for its sync
 * @param retentionMillis how long a segment is kept after it was sealed, even if all in it was consumed; 0 for not at all
 * @param retentionBytes how many bytes of such segments are kept at most; 0 for no limit but the disk
 * @param logTailBytes how much of the journal's end is kept whole for copies of a majority's log that are away for a while; who is
 *     further behind is given the shard's state instead of its log
 * @param scrubBytesPerSecond how fast all of the journal is verified in the background after a start; 0 for not at all
 * @param acceptLoss go on without what is damaged, where a start would be refused
 */
public record JournalConfiguration(
        Path directory,
        int segmentBytes,
        int segmentsAhead,
        int reserveSegments,
        int slackSegments,
        long pendingBytesSoftMax,
        long pendingBytesMax,
        long lazySyncMillis,
        long retentionMillis,
        long retentionBytes,
        long logTailBytes,
        long scrubBytesPerSecond,
        boolean acceptLoss) {
    private static final int BLOCK_BYTES = 4096;
    private static final int SEGMENT_BYTES_MIN = 64 * 1024;
    private static final int SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;
    private static final int SEGMENTS_MAX = 64;
    private static final int SLACK_SEGMENTS_MIN = 3;

    public JournalConfiguration {
        check(
                segmentBytes >= SEGMENT_BYTES_MIN
                        && segmentBytes <= SEGMENT_BYTES_MAX
                        && segmentBytes % BLOCK_BYTES == 0,
                "segmentBytes must be a multiple of 4096 from 65536 to 1073741824: " + segmentBytes);
        check(
                segmentsAhead >= 1 && segmentsAhead <= SEGMENTS_MAX,
                "segmentsAhead must be 1 to " + SEGMENTS_MAX + ": " + segmentsAhead);
        check(
                reserveSegments >= 1 && reserveSegments <= SEGMENTS_MAX,
                "reserveSegments must be 1 to " + SEGMENTS_MAX + ": " + reserveSegments);
        check(
                slackSegments >= SLACK_SEGMENTS_MIN && slackSegments <= SEGMENTS_MAX,
                "slackSegments must be " + SLACK_SEGMENTS_MIN + " to " + SEGMENTS_MAX + ": " + slackSegments);
        check(pendingBytesSoftMax > 0, "pendingBytesSoftMax must be positive: " + pendingBytesSoftMax);
        check(
                pendingBytesMax >= pendingBytesSoftMax,
                "pendingBytesMax must be at least pendingBytesSoftMax: " + pendingBytesMax);
        check(retentionMillis >= 0, "retentionMillis must not be negative: " + retentionMillis);
        check(
                retentionBytes == 0 || retentionBytes >= segmentBytes,
                "retentionBytes must be 0 or at least segmentBytes: " + retentionBytes);
        check(logTailBytes >= 0, "logTailBytes must not be negative: " + logTailBytes);
        check(scrubBytesPerSecond >= 0, "scrubBytesPerSecond must not be negative: " + scrubBytesPerSecond);
        check(lazySyncMillis >= 0 && lazySyncMillis <= 1000, "lazySyncMillis must be 0 to 1000: " + lazySyncMillis);
    }

    /**
     * 64 MiB segments, two of them in reserve; 32 MiB awaiting the disk before producers are slowed down, 64 MiB at most;
     * 10 ms; 256 MiB for copies that are away.
     */
    public static JournalConfiguration defaults(Path directory) {
        return new JournalConfiguration(
                directory,
                64 * 1024 * 1024,
                1,
                2,
                3,
                32L * 1024 * 1024,
                64L * 1024 * 1024,
                10,
                0,
                0,
                256L * 1024 * 1024,
                0,
                false);
    }

    public JournalConfiguration withSegmentBytes(int bytes) {
        return changed(draft -> draft.segmentBytes = bytes);
    }

    public JournalConfiguration withReserveSegments(int segments) {
        return changed(draft -> draft.reserveSegments = segments);
    }

    public JournalConfiguration withPendingBytes(long softMax, long max) {
        return changed(draft -> {
            draft.pendingBytesSoftMax = softMax;
            draft.pendingBytesMax = max;
        });
    }

    /** For tests: nobody has needed another time. */
    JournalConfiguration withLazySyncMillis(long millis) {
        return changed(draft -> draft.lazySyncMillis = millis);
    }

    /** Keeps consumed messages for readers of a queue's past: {@link ShardLog#readHistory}. */
    public JournalConfiguration withRetention(long millis, long bytes) {
        return changed(draft -> {
            draft.retentionMillis = millis;
            draft.retentionBytes = bytes;
        });
    }

    /** How much is kept whole for copies that are away for a while. */
    public JournalConfiguration withLogTail(long bytes) {
        return changed(draft -> draft.logTailBytes = bytes);
    }

    public JournalConfiguration withScrub(long bytesPerSecond) {
        return changed(draft -> draft.scrubBytesPerSecond = bytesPerSecond);
    }

    public JournalConfiguration withAcceptLoss(boolean accept) {
        return changed(draft -> draft.acceptLoss = accept);
    }

    private JournalConfiguration changed(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** What may be changed one by one. */
    private static final class Draft {
        private final JournalConfiguration from;
        private int segmentBytes;
        private int reserveSegments;
        private long pendingBytesSoftMax;
        private long pendingBytesMax;
        private long lazySyncMillis;
        private long retentionMillis;
        private long retentionBytes;
        private long logTailBytes;
        private long scrubBytesPerSecond;
        private boolean acceptLoss;

        Draft(JournalConfiguration from) {
            this.from = from;
            segmentBytes = from.segmentBytes;
            reserveSegments = from.reserveSegments;
            pendingBytesSoftMax = from.pendingBytesSoftMax;
            pendingBytesMax = from.pendingBytesMax;
            lazySyncMillis = from.lazySyncMillis;
            retentionMillis = from.retentionMillis;
            retentionBytes = from.retentionBytes;
            logTailBytes = from.logTailBytes;
            scrubBytesPerSecond = from.scrubBytesPerSecond;
            acceptLoss = from.acceptLoss;
        }

        JournalConfiguration finished() {
            return new JournalConfiguration(
                    from.directory,
                    segmentBytes,
                    from.segmentsAhead,
                    reserveSegments,
                    from.slackSegments,
                    pendingBytesSoftMax,
                    pendingBytesMax,
                    lazySyncMillis,
                    retentionMillis,
                    retentionBytes,
                    logTailBytes,
                    scrubBytesPerSecond,
                    acceptLoss);
        }
    }

    long pendingBytesMaxLazily() {
        return pendingBytesMax + pendingBytesMax / 8;
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
