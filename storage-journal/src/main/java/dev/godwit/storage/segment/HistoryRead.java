package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/** A stretch of what came to a queue, in the order of the indices. */
public interface HistoryRead {
    int count();

    long index(int i);

    /** A message, a part of one, or what joins parts. */
    JournalRecord record(int i);

    /** False when there is more behind the last record. */
    boolean isComplete();

    /** What could not be read on the way, or null. */
    @Nullable
    String problem();
}
