package dev.godwit.storage.segment;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the recovery scan found, handed over to the writer.
 *
 * @param segments that hold batches, the last of them to be written on
 * @param kept segments before those, that only readers of the past need
 * @param unused segments made ready before the node stopped, that follow on
 * @param spares files without content, to be made segments of
 * @param live what the next start needs
 * @param tails how far each shard has come, by shard
 * @param nextSequence of the next batch
 * @param tornBatches 1 when a batch was begun and not completed, else 0
 * @param damages what is not as it was written
 * @param bytesSinceCheckpoint how much log the scan has read
 * @param toRestate entries behind which there may be copies of what they end
 */
record RecoveredLog(
        UUID journalId,
        SegmentLine segments,
        List<Segment> kept,
        List<Segment> unused,
        List<String> spares,
        LiveRecords live,
        Map<Integer, ShardTail> tails,
        long nextSequence,
        int tornBatches,
        List<Damage> damages,
        long bytesSinceCheckpoint,
        List<Restated> toRestate) {
    /** See {@link EntryLogs}. */
    record Restated(int shard, EntryLog.Open entry) {}

    /** More than is ever written between two checkpoints. */
    private static final long CHECKPOINT_IS_DUE = Long.MAX_VALUE / 2;

    /** What a new journal begins with. */
    static RecoveredLog beginning(UUID journalId, Segment first) {
        var segments = new SegmentLine();
        segments.add(first);
        var live = new LiveRecords(segments);
        live.endRecovery();
        return new RecoveredLog(
                journalId, segments, List.of(), List.of(), List.of(), live, Map.of(), 1, 0, List.of(), 0, List.of());
    }

    /** The same, with the batches written meanwhile, and a checkpoint as soon as possible. */
    RecoveredLog continuedAt(long sequence) {
        return new RecoveredLog(
                journalId,
                segments,
                kept,
                unused,
                spares,
                live,
                tails,
                sequence,
                tornBatches,
                damages,
                CHECKPOINT_IS_DUE,
                toRestate);
    }

    /** Damages that cost something, and that nobody has accepted yet. */
    List<Damage> losses() {
        return damages.stream()
                .filter(damage -> !damage.isHarmless() && !damage.accepted())
                .toList();
    }
}
