package dev.godwit.benchmarks.journal;

import dev.godwit.benchmarks.journal.JournalLoop.Pace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;

/**
 * Appends messages of 1 KiB to a journal, so many for each sync, beside a bare loop of direct, durable writes of as many
 * bytes. Takes turns in one process, A B B A, and prints medians. Both write on the same processor, unless
 * {@code --as-it-comes} is given. Ends with 1 when a bar is missed and {@code --check} is given. Run by {@code benchmarks/journal-append.sh}, which says what the arguments are.
 *
 * <p>The bars are for messages that come while others are synced, in both of the journal's threads at once. Handed over only
 * after the last ones are safe, each batch costs two threads' waking up besides, which the bare loop does not have: that
 * is shown beside it. Records beyond so many for a sync do not count: what is compared is syncs.
 */
public final class JournalAppend {
    private static final long WARM_UP_NANOS = 2_000_000_000;
    private static final double ALLOCATED_BYTES_MAX = 64;

    /** What is compared: so many records for each sync, with a bare loop that may copy and checksum them as well. */
    private record Case(int records, boolean copies, double ratioMin) {}

    private static final List<Case> CASES = List.of(
            new Case(1, false, 0.80),
            new Case(16, false, 0.80),
            new Case(128, false, 0.50),
            new Case(1024, true, 0.80));

    private final Path directory;
    private final long turnNanos;
    private final int rounds;
    private final Bodies bodies = new Bodies();
    private final Placement placement;
    private boolean barMissed;

    private JournalAppend(Path directory, long turnNanos, int rounds, boolean places) throws IOException {
        this.directory = directory;
        this.turnNanos = turnNanos;
        this.rounds = rounds;
        placement = places ? Placement.quickest(directory, bodies) : Placement.asItComes();
    }

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        var seconds = Double.parseDouble(args[1]);
        var rounds = Integer.parseInt(args[2]);
        List<String> options = List.of(args).subList(3, args.length);
        boolean check = options.contains("--check");
        boolean places = !options.contains("--as-it-comes");
        var benchmark = new JournalAppend(directory, (long) (seconds * 1e9), rounds, places);
        benchmark.warmUp();
        System.out.printf(
                "%-8s %-10s %12s %12s %6s %6s  %10s %10s  %10s  %s%n",
                "per sync",
                "handed",
                "bare /s",
                "journal /s",
                "ratio",
                "bar",
                "bare CPU",
                "our CPU",
                "bytes/rec",
                "records in a batch; ratios of the turns");
        for (Case each : CASES) {
            benchmark.compare(each);
        }
        if (check && benchmark.barMissed) {
            System.exit(1);
        }
    }

    private void warmUp() throws Exception {
        for (int records : new int[] {1024, 1}) {
            try (var journal = new JournalLoop(directory, bodies, records);
                    var bare = new BareLoop(directory, bodies, records, true)) {
                journal.run(WARM_UP_NANOS / 2, Pace.AFTER);
                journal.run(WARM_UP_NANOS / 2, Pace.MEANWHILE);
                bare.run(WARM_UP_NANOS / 4);
            }
        }
    }

    private void compare(Case what) throws Exception {
        var bares = new ArrayList<Measured>();
        var ours = new EnumMap<Pace, List<Measured>>(Pace.class);
        try (var journal = new JournalLoop(directory, bodies, what.records());
                var bare = new BareLoop(directory, bodies, what.records(), what.copies())) {
            placement.journalWrites();
            journal.run(turnNanos, Pace.AFTER);
            bare.run(turnNanos);
            for (int round = 0; round < rounds; round++) {
                placement.ownerWrites();
                bares.add(bare.run(turnNanos));
                placement.ownerHandsOver();
                for (int turn = 0; turn < 2; turn++) {
                    for (Pace pace : Pace.values()) {
                        ours.computeIfAbsent(pace, any -> new ArrayList<>()).add(journal.run(turnNanos, pace));
                    }
                }
                placement.ownerWrites();
                bares.add(bare.run(turnNanos));
            }
            placement.end();
        }
        ours.forEach((pace, turns) -> report(what, pace, turns, bares));
    }

    private void report(Case what, Pace pace, List<Measured> ours, List<Measured> bares) {
        double perSecond = Measured.median(ours, turn -> counted(turn, what));
        double barePerSecond = Measured.median(bares, Measured::perSecond);
        double ratio = perSecond / barePerSecond;
        double allocated = Measured.median(ours, Measured::allocatedBytes);
        boolean missed = pace == Pace.MEANWHILE && (ratio < what.ratioMin() || allocated > ALLOCATED_BYTES_MAX);
        barMissed |= missed;
        var turns = new StringBuilder();
        for (int i = 0; i < ours.size(); i++) {
            turns.append(String.format(
                    Locale.ROOT,
                    " %.2f",
                    counted(ours.get(i), what) / bares.get(i).perSecond()));
        }
        System.out.printf(
                Locale.ROOT,
                "%-8d %-10s %,12.0f %,12.0f %6.2f %6s  %7.2f µs %7.2f µs  %10.1f  %.1f;%s%s%n",
                what.records(),
                pace.toString().toLowerCase(Locale.ROOT),
                barePerSecond,
                perSecond,
                ratio,
                pace == Pace.MEANWHILE ? String.format(Locale.ROOT, "%.2f", what.ratioMin()) : "",
                Measured.median(bares, Measured::cpuMicros),
                Measured.median(ours, Measured::cpuMicros),
                allocated,
                Measured.median(ours, Measured::perSync),
                turns,
                missed ? "  MISSED" : "");
    }

    private static double counted(Measured turn, Case what) {
        return turn.perSecond() * Math.min(1, what.records() / turn.perSync());
    }
}
