package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/** What became of a {@link ShardLog#readHistory}: the records in the order of their indices, then the end. */
public interface HistoryListener {
    /** A message, a part of one, or the record that joins parts. */
    void onRecord(long index, JournalRecord record);

    /**
     * Nothing more comes of this read.
     *
     * @param isComplete false when there is more behind the last record: ask again from its index on
     * @param problem null, or what could not be read on the way
     */
    void onEnd(boolean isComplete, @Nullable String problem);
}
