package dev.godwit.storage.journal;

/**
 * What {@link Journal#recover} found.
 *
 * @param records delivered
 * @param segments that held them
 * @param tornBatches 1 when the node was stopped within a write, which nobody had been told was safe; else 0
 * @param durationMillis of the replay
 */
public record RecoveryReport(long records, int segments, int tornBatches, long durationMillis) {}
