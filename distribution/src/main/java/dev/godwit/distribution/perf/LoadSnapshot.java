package dev.godwit.distribution.perf;

import dev.godwit.distribution.client.ClientFailedException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** All counters at one moment of a run. Immutable. */
record LoadSnapshot(
        long nanos,
        long sent,
        long confirmed,
        long refused,
        long received,
        @Nullable ProcessFigures server,
        long clientCpuMicros) {

    /**
     * Reads all counters.
     *
     * @param serverPid 0 when unknown
     */
    static LoadSnapshot take(Collection<LoadMeter> meters, long serverPid) throws ClientFailedException {
        return new LoadSnapshot(
                System.nanoTime(),
                sum(meters, LoadMeter::sent),
                sum(meters, LoadMeter::confirmed),
                sum(meters, LoadMeter::refused),
                sum(meters, LoadMeter::received),
                readServer(serverPid),
                readClientCpuMicros());
    }

    LoadPhase until(LoadSnapshot end, String name) {
        return new LoadPhase(
                name,
                (end.nanos - nanos) / 1e9,
                end.sent - sent,
                end.confirmed - confirmed,
                end.received - received,
                server == null || end.server == null ? null : end.server.cpuMicros() - server.cpuMicros(),
                end.clientCpuMicros - clientCpuMicros);
    }

    private static @Nullable ProcessFigures readServer(long pid) throws ClientFailedException {
        if (pid == 0) {
            return null;
        }
        try {
            return ProcessFigures.read(pid);
        } catch (IOException unreadable) {
            throw new ClientFailedException(
                    ClientFailedException.Kind.PROCESS, "cannot look at process " + pid + ": " + unreadable);
        }
    }

    private static long readClientCpuMicros() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1_000
                : 0;
    }

    private static long sum(Collection<LoadMeter> meters, ToLongFunction<LoadMeter> counter) {
        return meters.stream().mapToLong(counter).sum();
    }
}
