package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to the writer thread.
 *
 * @param record what to write; null to release the record at {@code index}
 * @param bytes what it counts for among the pending bytes
 * @param lazy forces no sync of its own
 */
record Append(
        ShardTail tail, long index, long epoch, @Nullable JournalRecord record, long bytes, boolean lazy) {}
