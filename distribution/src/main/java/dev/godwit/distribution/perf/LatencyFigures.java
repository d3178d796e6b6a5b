package dev.godwit.distribution.perf;

import org.HdrHistogram.Histogram;

/** How long something took, in microseconds. Immutable. */
record LatencyFigures(long count, double p50, double p99, double p999, double max) {
    static LatencyFigures of(Histogram nanos) {
        return new LatencyFigures(
                nanos.getTotalCount(),
                micros(nanos.getValueAtPercentile(50)),
                micros(nanos.getValueAtPercentile(99)),
                micros(nanos.getValueAtPercentile(99.9)),
                micros(nanos.getMaxValue()));
    }

    private static double micros(long nanos) {
        return nanos / 1e3;
    }
}
