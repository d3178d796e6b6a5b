package dev.godwit.benchmarks.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How long nobody was served, each time, and whether the bar holds. Immutable. Run by {@code benchmarks/cluster-backlog.sh}. Arguments: the file with a line for each
 * outage, {@code true} to end with 1 when the bar is missed.
 *
 * @param outages in the order in which they happened
 */
public record OutageReport(List<Outage> outages) {
    /** From the kill, or from the start of the process, until the next message is confirmed and one has been received. */
    static final long BAR_MILLIS = 3_000;

    public OutageReport {
        outages = List.copyOf(outages);
    }

    public static void main(String[] args) throws IOException {
        var report = new OutageReport(
                Files.readAllLines(Path.of(args[0])).stream().map(Outage::parse).toList());
        System.out.print(report.text());
        if (Boolean.parseBoolean(args[1]) && report.isMissed()) {
            System.exit(1);
        }
    }

    boolean isMissed() {
        return outages.stream().anyMatch(OutageReport::misses);
    }

    private static boolean misses(Outage outage) {
        return outage.millis() > BAR_MILLIS;
    }

    String text() {
        return outages.stream().map(OutageReport::line).collect(Collectors.joining())
                + String.format(
                        Locale.ROOT, "bar %.1f s: %s%n", BAR_MILLIS / 1e3, isMissed() ? "MISSED" : "holds each time");
    }

    private static String line(Outage outage) {
        return String.format(
                Locale.ROOT,
                "%-18s confirmed after %6.3f s, received after %6.3f s%s%s%n",
                outage.what(),
                outage.confirmedMillis() / 1e3,
                outage.receivedMillis() / 1e3,
                outage.isRestart()
                        ? String.format(
                                Locale.ROOT,
                                " (%.3f s, %.3f s after its JVM was up)",
                                outage.confirmedSinceJvmMillis() / 1e3,
                                outage.receivedSinceJvmMillis() / 1e3)
                        : "",
                misses(outage) ? "  MISSED" : "");
    }
}
