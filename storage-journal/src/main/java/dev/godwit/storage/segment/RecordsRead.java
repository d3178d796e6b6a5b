package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/** What became of records that somebody asked for, in the order in which they were asked for. */
public interface RecordsRead {
    int count();

    long index(int i);

    /** Null when it could not be read. */
    @Nullable
    JournalRecord record(int i);

    /** In which the record was appended. */
    long epoch(int i);

    /** Why there is no record. */
    String problem(int i);
}
