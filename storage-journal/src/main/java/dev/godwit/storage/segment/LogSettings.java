package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;

/**
 * Sizes of a log. What follows from {@code segmentBytes} grows with it, so that a log can be opened with larger segments
 * than it was written with.
 *
 * @param segmentBytes of a segment file, a multiple of a block
 * @param segmentsAhead how many segments are made ready before they are needed
 * @param reserveSegments how many empty segments are put aside for the day on which the disk is full
 * @param slackSegments what the log may take besides twice what is alive in it, in segments
 * @param lazySyncMillis how long a record may wait that forces no sync of its own
 * @param retentionMillis how long a segment is kept after it was sealed, needed or not; 0 for not at all
 * @param retentionBytes how many bytes of such segments are kept; 0 for no limit
 * @param logTailBytes how much of the log's end counts as new for followers of a majority's logs
 */
public record LogSettings(
        int segmentBytes,
        int segmentsAhead,
        int reserveSegments,
        int slackSegments,
        long lazySyncMillis,
        long retentionMillis,
        long retentionBytes,
        long logTailBytes) {
    private static final int BATCH_BYTES_MAX = 4 * 1024 * 1024;
    /** A part of a streamed message, 256 KiB and its queue, is one record. */
    private static final int CHUNK_BYTES_MAX = 260 * 1024;

    private static final int CHECKPOINT_SLICE_BYTES_MAX = 256 * 1024;
    private static final long CHECKPOINT_SEGMENTS_APART = 3;
    private static final int SPARES_KEPT_MIN = 2;
    private static final int SPARES_KEPT_MAX = 8;

    LogSettings withRetention(long millis, long bytes) {
        return new LogSettings(
                segmentBytes,
                segmentsAhead,
                reserveSegments,
                slackSegments,
                lazySyncMillis,
                millis,
                bytes,
                logTailBytes);
    }

    /** Of the largest batch. */
    int batchBytes() {
        return Math.min(BATCH_BYTES_MAX, Blocks.roundUp(segmentBytes / 4));
    }

    /** Of the longest record body that is written in one piece. */
    int chunkBytes() {
        return Math.min(CHUNK_BYTES_MAX, segmentBytes / 8);
    }

    /** How much is written to the log between two checkpoints, at least. */
    long checkpointBytesApart() {
        return CHECKPOINT_SEGMENTS_APART * segmentBytes;
    }

    /** How many segments before the one that is written are new. */
    long logTailSegments() {
        return logTailBytes / segmentBytes;
    }

    /** How much of a checkpoint is taken between two batches. */
    int checkpointSliceBytes() {
        return Math.min(CHECKPOINT_SLICE_BYTES_MAX, segmentBytes / 16);
    }

    /**
     * How many free files are kept for the next segments. Something is always alive, if only the definition of a queue:
     * so segments become free when that is moved, several at once, as many as the slack allows. Were some of them deleted,
     * as many would have to be filled with zeros a moment later.
     */
    int sparesKept() {
        return Math.max(SPARES_KEPT_MIN, Math.min(SPARES_KEPT_MAX, slackSegments));
    }

    long slackBytes() {
        return (long) slackSegments * segmentBytes;
    }
}
