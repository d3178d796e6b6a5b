package dev.godwit.distribution.perf;

/**
 * When each message of a producer is due at a fixed rate. Latency counts from here, not from when the message could be
 * sent, so that a broker that stalls is charged for every message that it held up. Immutable.
 *
 * @param startNanos when message 0 is due
 */
record LoadSchedule(long startNanos, double intervalNanos) {
    /** Spreads {@code ratePerSecond} evenly over producers; each starts a little after the one before. */
    static LoadSchedule of(double ratePerSecond, int producers, int producer, long startNanos) {
        double betweenMessages = 1e9 / ratePerSecond;
        return new LoadSchedule(startNanos + Math.round(producer * betweenMessages), producers * betweenMessages);
    }

    long dueNanos(long sequence) {
        return startNanos + Math.round(sequence * intervalNanos);
    }
}
