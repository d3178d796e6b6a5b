package dev.godwit.benchmarks.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What Godwit's three nodes and Artemis' pair took for a message, the mean of each one's turns, and whether the bar holds. Immutable. Run by
 * {@code benchmarks/cluster-cost.sh}. Arguments: the file with a line for each turn, {@code true} to end with 1 when the bar is missed.
 *
 * @param turns of both
 */
public record CostReport(List<Turn> turns) {
    /** Of the CPU time that Artemis' pair takes, at most. */
    static final double BAR = 0.5;

    static final String ARTEMIS = "artemis";
    static final String GODWIT = "godwit";

    public CostReport {
        turns = List.copyOf(turns);
    }

    /**
     * One run of the load.
     *
     * @param cpuMicros for a message, of all processes of the broker together
     */
    public record Turn(String broker, double perSecond, double cpuMicros) {
        /** The first words of a line: broker, messages a second, microseconds. */
        static Turn parse(String line) {
            String[] words = line.split(" ", -1);
            return new Turn(words[0], Double.parseDouble(words[1]), Double.parseDouble(words[2]));
        }
    }

    public static void main(String[] args) throws IOException {
        var report = new CostReport(
                Files.readAllLines(Path.of(args[0])).stream().map(Turn::parse).toList());
        System.out.print(report.text());
        if (Boolean.parseBoolean(args[1]) && report.isMissed()) {
            System.exit(1);
        }
    }

    double cpuRatio() {
        return mean(GODWIT, Turn::cpuMicros) / mean(ARTEMIS, Turn::cpuMicros);
    }

    boolean isMissed() {
        return cpuRatio() > BAR;
    }

    private double mean(String broker, ToDoubleFunction<Turn> figure) {
        return turns.stream()
                .filter(turn -> turn.broker().equals(broker))
                .mapToDouble(figure)
                .average()
                .orElseThrow(() -> new IllegalArgumentException("there is no turn of " + broker));
    }

    String text() {
        return line(ARTEMIS, "two copies")
                + line(GODWIT, "three copies")
                + String.format(
                        Locale.ROOT,
                        "Godwit / Artemis: %.3f of the CPU (bar %.2f%s), %.2f of the rate%n",
                        cpuRatio(),
                        BAR,
                        isMissed() ? ", MISSED" : "",
                        mean(GODWIT, Turn::perSecond) / mean(ARTEMIS, Turn::perSecond));
    }

    private String line(String broker, String copies) {
        return String.format(
                Locale.ROOT,
                "%-8s %-13s %8.2f µs of CPU per message, %8.0f messages/s%n",
                broker,
                copies,
                mean(broker, Turn::cpuMicros),
                mean(broker, Turn::perSecond));
    }
}
