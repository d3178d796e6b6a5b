package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record of a journal that is inspected.
 *
 * @param offset where it begins in the file
 * @param bytes on disk, with its header
 * @param type what it is called in docs/journal-format.md
 * @param moved it is a copy of an older record
 * @param salvaged it lies in a damaged place
 * @param fact what it says; null for a piece that is not the last one, and for what storage writes for itself. Its
 *     bytes may change when the call that shows it returns
 */
public record InspectedRecord(
        String fileName,
        long offset,
        int bytes,
        String type,
        int shard,
        long index,
        long epoch,
        boolean moved,
        boolean salvaged,
        @Nullable JournalRecord fact) {}
