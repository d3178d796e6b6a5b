package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;

/**
 * A record that is alive in a shard.
 *
 * @param epoch in which it was appended first
 */
public record StateRecord(long index, long epoch, JournalRecord record) {}
