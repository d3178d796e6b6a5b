package dev.godwit.storage.journal;

/**
 * What {@link Journal#recover} found.
 *
 * @param facts that are alive: messages and definitions
 * @param segments that held them
 * @param tornBatches 1 when the node was stopped within a write, which nobody had been told was safe; else 0
 * @param durationMillis of the recovery
 */
public record RecoveryReport(long facts, int segments, int tornBatches, long durationMillis) {}
