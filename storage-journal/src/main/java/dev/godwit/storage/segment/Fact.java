package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;

/**
 * A record as the scan found it.
 *
 * @param moved it is a copy of an older record
 * @param staged it counts when all of the state is there that it belongs to
 * @param generation of the segment in which it begins: it keeps that one alive, and so all newer ones
 * @param offset where its first piece begins there
 * @param bytes on disk, all pieces with their headers
 */
record Fact(
        int shard,
        long index,
        long epoch,
        boolean moved,
        boolean staged,
        JournalRecord record,
        long generation,
        long offset,
        long bytes) {}
