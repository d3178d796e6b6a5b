package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;

/**
 * The state of a shard that comes from another copy: its records are written, and of no effect before all of them are there.
 * They count among what is alive in their segments, so that nobody takes those for waste. Owned by the writer thread.
 */
final class StagedState {
    private final int shard;
    private final LiveRecords records;
    private final long firstGeneration;

    /** Begins in the segment that is written. */
    StagedState(int shard, SegmentLine segments) {
        this.shard = shard;
        records = recordsOf(shard, segments);
        records.endRecovery();
        firstGeneration = segments.current().generation();
    }

    /** For the records of a state that comes, or is found to have come. */
    static LiveRecords recordsOf(int shard, SegmentLine segments) {
        var records = new LiveRecords(segments);
        records.shard(shard).replicated = true;
        return records;
    }

    /** From this segment on nothing is moved or freed, until the state is installed or abandoned. */
    long firstGeneration() {
        return firstGeneration;
    }

    /** A record lies at {@code offset} of a segment. */
    void add(long index, JournalRecord record, long generation, long offset, long bytes) {
        records.add(shard, index, record, generation, offset, bytes);
    }

    /** All of it. This is of no use afterwards. */
    LiveShard complete() {
        return records.shard(shard);
    }

    /** Nothing of it counts. */
    void abandon() {
        records.replace(new LiveShard(shard));
    }
}
