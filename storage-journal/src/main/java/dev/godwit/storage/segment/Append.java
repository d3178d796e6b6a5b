package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to the writer thread. Belongs to a shard for good: the shard's owner fills it, the writer reads
 * it and gives it back, to be filled again.
 */
final class Append {
    private final ShardTail tail;
    private long index;
    private long epoch;
    private @Nullable JournalRecord record;
    private long bytes;
    private boolean lazy;

    Append(ShardTail tail) {
        this.tail = tail;
    }

    /**
     * @param record what to write; null to release the record at {@code index}
     * @param bytes what it counts for among the pending bytes
     * @param lazy forces no sync of its own
     */
    Append fill(long index, long epoch, @Nullable JournalRecord record, long bytes, boolean lazy) {
        this.index = index;
        this.epoch = epoch;
        this.record = record;
        this.bytes = bytes;
        this.lazy = lazy;
        return this;
    }

    /** Lets go of the record, so that it can be collected. */
    void clear() {
        record = null;
    }

    ShardTail tail() {
        return tail;
    }

    long index() {
        return index;
    }

    long epoch() {
        return epoch;
    }

    @Nullable
    JournalRecord record() {
        return record;
    }

    long bytes() {
        return bytes;
    }

    boolean lazy() {
        return lazy;
    }
}
