package dev.godwit.broker.queue;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/** How long the messages of a {@link Lane} waited. Owned by the queue's loop; takes no memory before the first message. */
final class WaitingTimes {
    /** Times are told apart that differ by a tenth. */
    private static final int SIGNIFICANT_DIGITS = 1;

    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final double P999 = 99.9;

    private @Nullable AbstractHistogram millis;

    /** The message is given out. One of which nobody knows since when it waits does not count. */
    void onGiven(QueueEntry entry, long nowMillis) {
        long since = entry.waitsSinceMillis();
        if (since == 0) {
            return;
        }
        var histogram = millis;
        if (histogram == null) {
            histogram = new IntCountsHistogram(SIGNIFICANT_DIGITS);
            histogram.setAutoResize(true);
            millis = histogram;
        }
        histogram.recordValue(Math.max(0, nowMillis - since));
    }

    /** Null when none was given out. */
    @Nullable
    WaitStatistics describe(int priority) {
        var histogram = millis;
        return histogram == null
                ? null
                : new WaitStatistics(
                        priority,
                        histogram.getTotalCount(),
                        histogram.getValueAtPercentile(P50),
                        histogram.getValueAtPercentile(P99),
                        histogram.getValueAtPercentile(P999),
                        histogram.getMaxValue());
    }
}
