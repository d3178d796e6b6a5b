package dev.godwit.benchmarks.jms;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * CPU time of processes on this machine, user and system. Immutable.
 *
 * @param each microseconds, in the order in which the processes were named
 */
record ProcessCpu(List<Long> each) {
    ProcessCpu {
        each = List.copyOf(each);
    }

    /**
     * What they have taken since they began: {@code utime} and {@code stime} of {@code /proc/PID/stat} on Linux, which counts in hundredths of a second.
     *
     * @throws IllegalStateException one of them has ended, or the system does not say what it took
     */
    static ProcessCpu of(List<Long> pids) {
        return new ProcessCpu(pids.stream().map(ProcessCpu::micros).toList());
    }

    private static Long micros(long pid) {
        Duration taken = ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new IllegalStateException("nothing is known of process " + pid));
        return TimeUnit.NANOSECONDS.toMicros(taken.toNanos());
    }

    /** What they took in between. */
    ProcessCpu minus(ProcessCpu before) {
        return new ProcessCpu(IntStream.range(0, each.size())
                .mapToObj(process -> each.get(process) - before.each.get(process))
                .toList());
    }

    double sumMicros() {
        return each.stream().mapToLong(Long::longValue).sum();
    }
}
