package dev.godwit.storage.segment;

import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * What is left of the disk, as far as it matters to who writes: plenty; or the disk is full, and there is only a reserve,
 * for what makes room. Changed by the background thread of {@link SegmentSupply}; any thread may ask.
 */
public final class DiskSpace {
    /** How many times longer records are gathered on a full disk: each sync takes at least a block of the reserve. */
    private static final int GATHER_FACTOR_FULL = 10;

    private static final int GATHER_FACTOR_EXHAUSTED = 50;

    private final IntSupplier segmentsReady;
    private final long lastBytes;
    private volatile boolean full;
    private volatile int reserve;
    private volatile long intakeRoomBytes = Long.MAX_VALUE;
    private volatile long freeBytes = Long.MAX_VALUE;

    /** @param lastBytes of the last segment, that only copies may be written to */
    DiskSpace(IntSupplier segmentsReady, long lastBytes) {
        this.segmentsReady = segmentsReady;
        this.lastBytes = lastBytes;
    }

    /** No further segment can be made: nothing may be appended that takes room for good. */
    public boolean isFull() {
        return full;
    }

    /** Nothing is left but the end of the last segment: only copies may be written, which free other segments. */
    public boolean isExhausted() {
        return full && segmentsLeft() == 0 && freeBytes < lastBytes;
    }

    /** Any segment is worth being freed, whatever has to be copied out of it. */
    boolean isPressed() {
        return full && segmentsLeft() <= 1;
    }

    /** How many bytes may await the disk and still find a place on it, should nothing more be had. */
    public long intakeRoomBytes() {
        return intakeRoomBytes;
    }

    /** Segments that can be had whatever happens to the disk. */
    public int segmentsLeft() {
        return segmentsReady.getAsInt() + reserve;
    }

    /** How long records may be gathered for one sync; {@code normallyMillis} while the disk is not full. */
    long gatherNanos(long normallyMillis) {
        int factor = 1;
        if (full) {
            factor = segmentsLeft() == 0 ? GATHER_FACTOR_EXHAUSTED : GATHER_FACTOR_FULL;
        }
        return TimeUnit.MILLISECONDS.toNanos(factor * normallyMillis);
    }

    /** Writer thread: what is left of the segment being written. */
    void free(long bytes) {
        freeBytes = bytes;
    }

    /** Background thread. */
    void is(boolean nowFull, int nowReserve, long nowIntakeRoomBytes) {
        reserve = nowReserve;
        intakeRoomBytes = nowIntakeRoomBytes;
        full = nowFull;
    }
}
