package dev.godwit.benchmarks.journal;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one stretch of a benchmark came to, per record.
 *
 * @param perSecond records
 * @param cpuMicros of the whole process, whatever its threads did meanwhile
 * @param allocatedBytes on the heap, by all threads of the process that live now
 * @param perSync records written and synced at once
 */
record Measured(double perSecond, double cpuMicros, double allocatedBytes, double perSync) {
    static double median(List<Measured> turns, ToDoubleFunction<Measured> figure) {
        double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Begun where a stretch begins, asked where it ends. Owned by one thread. */
    static final class Stretch {
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private static final OperatingSystemMXBean SYSTEM =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

        private final long allocatedBytes = allocatedBytes();
        private final long cpuNanos = SYSTEM.getProcessCpuTime();
        private final long beginNanos = System.nanoTime();

        long nanos() {
            return System.nanoTime() - beginNanos;
        }

        Measured end(long records, long syncs) {
            double seconds = nanos() / 1e9;
            double cpuMicros = (SYSTEM.getProcessCpuTime() - cpuNanos) / 1e3;
            double bytes = allocatedBytes() - allocatedBytes;
            return new Measured(
                    records / seconds, cpuMicros / records, Math.max(0, bytes) / records, (double) records / syncs);
        }

        private static long allocatedBytes() {
            return Arrays.stream(THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds()))
                    .filter(bytes -> bytes > 0)
                    .sum();
        }
    }
}
