package dev.godwit.benchmarks.jms;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has taken.
 *
 * @param nanos the time of it
 * @param cpuNanos of all its processors, its collector and compiler included
 * @param allocatedBytes on the heap, by the threads that are alive
 */
record Cost(long nanos, long cpuNanos, long allocatedBytes) {
    static Cost now() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (long each : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            bytes += Math.max(0, each);
        }
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Cost(System.nanoTime(), system.getProcessCpuTime(), bytes);
    }

    Cost minus(Cost before) {
        return new Cost(nanos - before.nanos, cpuNanos - before.cpuNanos, allocatedBytes - before.allocatedBytes);
    }

    double seconds() {
        return nanos / 1e9;
    }

    double cpuMicros() {
        return cpuNanos / 1e3;
    }
}
