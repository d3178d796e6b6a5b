package dev.godwit.distribution.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux says of a process at one moment. Immutable.
 *
 * @param cpuMicros user and system time since its start; the kernel counts it in hundredths of a second
 * @param residentKib memory in RAM now
 * @param residentPeakKib the most memory it ever had in RAM
 */
record ProcessFigures(long cpuMicros, long residentKib, long residentPeakKib) {
    /** The kernel reports in USER_HZ, which is 100 on every platform that runs Java. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final int UTIME_AFTER_COMMAND = 11;

    /** Reads /proc. */
    static ProcessFigures read(long pid) throws IOException {
        Path directory = Path.of("/proc", Long.toString(pid));
        return parse(Files.readString(directory.resolve("stat")), Files.readString(directory.resolve("status")));
    }

    static ProcessFigures parse(String stat, String status) throws IOException {
        // The command name, in parentheses, may hold anything; what follows its last one is numbers and spaces.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length <= UTIME_AFTER_COMMAND + 1) {
            throw new IOException("not the stat of a process: " + stat);
        }
        try {
            long ticks = Long.parseLong(fields[UTIME_AFTER_COMMAND]) + Long.parseLong(fields[UTIME_AFTER_COMMAND + 1]);
            return new ProcessFigures(ticks * MICROS_PER_TICK, kib(status, "VmRSS:"), kib(status, "VmHWM:"));
        } catch (NumberFormatException malformed) {
            throw new IOException("not the stat of a process: " + stat, malformed);
        }
    }

    private static long kib(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceAll("\\D", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }
}
