package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.util.List;

/**
 * A record as the scan found it.
 *
 * @param moved it is a copy of an older record
 * @param pieces where it lies, in one piece or in several
 * @param bytes on disk, all pieces with their headers
 */
record Fact(
        int shard,
        long index,
        long epoch,
        boolean moved,
        JournalRecord record,
        List<PiecePosition> pieces,
        long bytes) {
    /** A record keeps alive the segment of its first piece, and so all newer ones. */
    long generation() {
        return pieces.get(0).generation();
    }
}
