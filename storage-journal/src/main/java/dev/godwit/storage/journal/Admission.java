package dev.godwit.storage.journal;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.DiskSpace;
import dev.godwit.storage.segment.SegmentedLog;

/** Which records of a shard the journal takes now: as many as may await the disk, and as have room on it. Owned by the shard's event loop. */
public final class Admission {
    private final SegmentedLog log;
    private final JournalConfiguration configuration;
    private final RecordSize recordSize = new RecordSize();

    public Admission(SegmentedLog log, JournalConfiguration configuration) {
        this.log = log;
        this.configuration = configuration;
    }

    /** What the record takes on disk. */
    public long bytesOf(JournalRecord record) {
        return recordSize.of(record);
    }

    /**
     * How many bytes may wait with this record.
     *
     * @param lazy whether it forces no sync of its own
     */
    public long waitingBytesMax(JournalRecord record, boolean lazy) {
        // A posted message waits for its transaction, not for a sync; but it makes no room, as what else is lazy does.
        boolean isPosted =
                record instanceof JournalRecord.MessagePosted || record instanceof JournalRecord.LargeMessagePosted;
        return lazy && !isPosted ? configuration.pendingBytesMaxLazily() : configuration.pendingBytesMax();
    }

    /**
     * Reserves room for a record, which has to be appended then.
     *
     * @param bytes as {@link #bytesOf} says
     * @param lazy as in {@link #waitingBytesMax}
     * @throws JournalFullException the journal takes it not now; nothing was reserved
     */
    public void reserve(JournalRecord record, long bytes, boolean lazy) {
        long waitingBytesMax = waitingBytesMax(record, lazy);
        long bytesMax = isIntake(record) ? Math.min(waitingBytesMax, room(bytes)) : waitingBytesMax;
        if (log.space().isExhausted() && !(record instanceof JournalRecord.EpochBegun)) {
            throw new JournalFullException("the journal's disk is full, and its reserve is used up");
        }
        if (!log.reserve(bytes, bytesMax)) {
            throw new JournalFullException(log.pendingBytes(), bytesMax);
        }
    }

    /** What takes room until something else is written. */
    private static boolean isIntake(JournalRecord record) {
        return record instanceof JournalRecord.MessageEnqueued
                || record instanceof JournalRecord.BodyStored
                || record instanceof JournalRecord.CopyEnqueued
                || record instanceof JournalRecord.MessagePart
                || record instanceof JournalRecord.LargeMessageEnqueued
                || record instanceof JournalRecord.MessagePosted
                || record instanceof JournalRecord.LargeMessagePosted
                || record instanceof JournalRecord.DefinitionStored;
    }

    /** How many bytes may be pending with a record of so many that takes room for good. */
    private long room(long bytes) {
        DiskSpace space = log.space();
        long roomBytes = space.intakeRoomBytes();
        if (space.isFull() || bytes > roomBytes) {
            throw new JournalFullException("the journal's disk is full: there is no room for " + bytes + " bytes more");
        }
        return roomBytes;
    }
}
