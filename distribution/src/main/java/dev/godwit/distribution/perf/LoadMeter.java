package dev.godwit.distribution.perf;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * Counts and times what happens on one connection. Owned by the connection's event loop; the counters may be read by
 * anyone at any time, the histograms when the loop has come to rest.
 */
final class LoadMeter {
    private static final long LATENCY_NANOS_MAX = 3_600_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong confirmed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final Histogram confirmNanos = newHistogram();
    private final Histogram endToEndNanos = newHistogram();
    private boolean measuring;

    /** An empty histogram of the kind that is used here, to add others to. */
    static Histogram newHistogram() {
        return new Histogram(LATENCY_NANOS_MAX, SIGNIFICANT_DIGITS);
    }

    /** From now on latencies count. */
    void startMeasuring() {
        measuring = true;
    }

    /** From now on latencies count no more. */
    void stopMeasuring() {
        measuring = false;
    }

    void onSent() {
        sent.lazySet(sent.getPlain() + 1);
    }

    void onConfirmed(long latencyNanos) {
        confirmed.lazySet(confirmed.getPlain() + 1);
        record(confirmNanos, latencyNanos);
    }

    void onRefused() {
        refused.lazySet(refused.getPlain() + 1);
    }

    void onReceived(long latencyNanos) {
        received.lazySet(received.getPlain() + 1);
        record(endToEndNanos, latencyNanos);
    }

    /** A message came whose age is not known. */
    void onReceived() {
        received.lazySet(received.getPlain() + 1);
    }

    private void record(Histogram histogram, long nanos) {
        if (measuring) {
            histogram.recordValue(Math.min(Math.max(nanos, 0), LATENCY_NANOS_MAX));
        }
    }

    long sent() {
        return sent.get();
    }

    long confirmed() {
        return confirmed.get();
    }

    long refused() {
        return refused.get();
    }

    long received() {
        return received.get();
    }

    Histogram confirmNanos() {
        return confirmNanos;
    }

    Histogram endToEndNanos() {
        return endToEndNanos;
    }
}
