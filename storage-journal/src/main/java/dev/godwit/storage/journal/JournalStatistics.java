package dev.godwit.storage.journal;

/**
 * What the journal has done since it was opened, and what it holds.
 *
 * @param recordsAppended records on stable storage
 * @param batches writes; each of them is one sync
 * @param bytesWritten whole blocks, moved records included
 * @param pendingBytes accepted and not yet on stable storage
 * @param segments files that hold records
 * @param segmentBytes their length
 * @param liveBytes what of that the next start needs
 * @param recordsMoved copied forward so that their old segment could be freed
 * @param segmentWaits how often writing had to wait for a segment to be made ready
 * @param diskFull no further segment can be made; only what makes room is taken in, until there is some
 * @param segmentsLeft empty segments at hand: how far that goes on a full disk
 * @param damagedPlaces found by the scrub since the start
 */
public record JournalStatistics(
        long recordsAppended,
        long batches,
        long bytesWritten,
        long pendingBytes,
        long segments,
        long segmentBytes,
        long liveBytes,
        long recordsMoved,
        long segmentWaits,
        boolean diskFull,
        int segmentsLeft,
        long damagedPlaces) {}
