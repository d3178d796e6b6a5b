package dev.godwit.broker.queue;

import java.util.Arrays;

/**
 * How many deliveries of late went well, and how many failed: those of a sliding time, to a tenth of it. Owned by a
 * {@link CircuitBreaker}.
 */
final class OutcomeWindow {
    private static final int SLICES = 10;

    private final long sliceMillis;
    private final long[] ended = new long[SLICES];
    private final long[] failed = new long[SLICES];
    private long endedInAll;
    private long failedInAll;

    /** Number of the slice that runs, counted since 1970. */
    private long present;

    OutcomeWindow(long windowMillis) {
        this.sliceMillis = Math.max(1, windowMillis / SLICES);
    }

    void add(boolean failure, long nowMillis) {
        moveTo(nowMillis / sliceMillis);
        int slice = (int) (present % SLICES);
        ended[slice]++;
        endedInAll++;
        if (failure) {
            failed[slice]++;
            failedInAll++;
        }
    }

    /** A clock that was set back makes a slice longer. */
    private void moveTo(long slice) {
        if (slice - present >= SLICES) {
            clear();
            present = slice;
        }
        while (present < slice) {
            present++;
            int oldest = (int) (present % SLICES);
            endedInAll -= ended[oldest];
            failedInAll -= failed[oldest];
            ended[oldest] = 0;
            failed[oldest] = 0;
        }
    }

    void clear() {
        Arrays.fill(ended, 0);
        Arrays.fill(failed, 0);
        endedInAll = 0;
        failedInAll = 0;
    }

    /** True when of at least so many the given part, or more, failed. As of the last one that was added. */
    boolean isBad(long samplesMin, double ratio) {
        return endedInAll >= samplesMin && failedInAll >= ratio * endedInAll;
    }
}
