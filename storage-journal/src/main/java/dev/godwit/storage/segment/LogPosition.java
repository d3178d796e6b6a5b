package dev.godwit.storage.segment;

/**
 * A place between two batches.
 *
 * @param sequence of the next batch
 * @param generation of the segment in which it is written, unless that is full
 * @param offset where it is written there
 * @param oldestGeneration of the segments that the log needs; older ones are kept for readers of the past only
 */
record LogPosition(long sequence, long generation, long offset, long oldestGeneration) {}
