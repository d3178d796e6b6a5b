package dev.godwit.storage.segment;

import java.util.concurrent.atomic.AtomicLong;

/** What the writer has done since it started. Counted by the writer thread, read by any. */
public final class WriterCounters {
    private final AtomicLong bytesWritten = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong recordsMoved = new AtomicLong();
    private final AtomicLong segmentWaits = new AtomicLong();
    private final AtomicLong segments = new AtomicLong();
    private final AtomicLong segmentBytes = new AtomicLong();
    private final AtomicLong liveBytes = new AtomicLong();
    private final AtomicLong damages = new AtomicLong();

    void onBatch(long bytes, long appended) {
        add(bytesWritten, bytes);
        add(batches, 1);
        add(records, appended);
    }

    /** The scrub's thread. */
    void onDamage() {
        damages.incrementAndGet();
    }

    void onSegmentWait() {
        add(segmentWaits, 1);
    }

    void onSpace(SegmentLine line, long moved) {
        segments.lazySet(line.count());
        segmentBytes.lazySet(line.capacityBytes());
        liveBytes.lazySet(line.liveBytes());
        recordsMoved.lazySet(moved);
    }

    public long bytesWritten() {
        return bytesWritten.get();
    }

    /** Each batch is one write and one sync. */
    public long batches() {
        return batches.get();
    }

    public long records() {
        return records.get();
    }

    /** Records copied forward so that their old segment could be freed. */
    public long recordsMoved() {
        return recordsMoved.get();
    }

    /** How often the writer had to wait for a segment to be made ready. */
    public long segmentWaits() {
        return segmentWaits.get();
    }

    public long segments() {
        return segments.get();
    }

    public long segmentBytes() {
        return segmentBytes.get();
    }

    public long liveBytes() {
        return liveBytes.get();
    }

    /** Places that the scrub has found damaged. */
    public long damages() {
        return damages.get();
    }

    /** Only the writer thread adds, so that no atomic addition is needed. */
    private static void add(AtomicLong counter, long amount) {
        counter.lazySet(counter.getPlain() + amount);
    }
}
