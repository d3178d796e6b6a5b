package dev.godwit.benchmarks.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What it costs the journal that some messages stay: CPU of the process per message passed through, with every 64th
 * message staying for long, so that every segment has some to be moved, beside the same load with none. A B B A, a fresh
 * journal each. Run by {@code benchmarks/compaction.sh}.
 */
public final class JournalCompaction {
    private static final int STAYS = 64;
    private static final int STAYED_MAX = 50_000;

    private JournalCompaction() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        long messages = Long.parseLong(args[1]);
        int rounds = Integer.parseInt(args[2]);
        measure(directory, messages / 2, STAYS);
        var without = new ArrayList<Measured>();
        var with = new ArrayList<Measured>();
        for (int round = 0; round < rounds; round++) {
            without.add(measure(directory, messages, 0));
            with.add(measure(directory, messages, STAYS));
            with.add(measure(directory, messages, STAYS));
            without.add(measure(directory, messages, 0));
        }
        double cpuWithout = Measured.median(without, Measured::cpuMicros);
        double cpuWith = Measured.median(with, Measured::cpuMicros);
        System.out.printf(
                Locale.ROOT,
                "the journal alone: %.3f µs CPU per message without stragglers, %.3f µs with; %.3f µs more, %.2f times%n",
                cpuWithout,
                cpuWith,
                cpuWith - cpuWithout,
                cpuWith / cpuWithout);
    }

    private static Measured measure(Path parent, long messages, int stays) throws Exception {
        Path directory = Files.createTempDirectory(parent, "journal-compaction");
        try (var traffic = new PassingTraffic(directory)) {
            traffic.pass(messages / 4, stays, STAYED_MAX);
            var before = traffic.statistics();
            var stretch = new Measured.Stretch();
            traffic.pass(messages, stays, STAYED_MAX);
            var after = traffic.statistics();
            Measured measured = stretch.end(messages, after.batches() - before.batches());
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,9.0f messages/s, %.3f µs CPU, %4.0f B on the heap, %,d moved, %d segments for %,d live bytes%n",
                    stays == 0 ? "none stay   " : "some stay   ",
                    measured.perSecond(),
                    measured.cpuMicros(),
                    measured.allocatedBytes(),
                    after.recordsMoved() - before.recordsMoved(),
                    after.segments(),
                    after.liveBytes());
            return measured;
        } finally {
            delete(directory);
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> files;
        try (var all = Files.list(directory)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
