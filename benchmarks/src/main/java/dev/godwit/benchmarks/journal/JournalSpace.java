package dev.godwit.benchmarks.journal;

import dev.godwit.storage.journal.JournalStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the journal's directory takes when many messages have passed and a few have stayed, spread over all that time:
 * at most three segments, those made ready and kept for use again, the reserve, two checkpoints, and the bytes alive. Ends
 * with 1 when it is more and {@code --check} is given. Run by {@code benchmarks/journal-space.sh}.
 */
public final class JournalSpace {
    private static final int SEGMENTS_MAX = 3;
    private static final long SEGMENT_BYTES = 64L * 1024 * 1024;
    private static final int CHECKPOINTS_MAX = 2;
    private static final long IDLE_NANOS = 1_000_000_000;

    private JournalSpace() {}

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(args[0]), "journal-space");
        long messages = Long.parseLong(args[1]);
        int stragglers = Integer.parseInt(args[2]);
        boolean check = args.length > 3 && args[3].equals("--check");
        boolean holds;
        try (var traffic = new PassingTraffic(directory)) {
            long begin = System.nanoTime();
            traffic.pass(messages, (int) (messages / stragglers), Integer.MAX_VALUE);
            System.out.printf(
                    Locale.ROOT,
                    "%,d messages of 1 KiB passed in %d s, %,d stayed, %,d times one was moved%n",
                    messages,
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                    traffic.stayed(),
                    traffic.statistics().recordsMoved());
            awaitIdle(traffic);
            holds = report(directory, traffic.statistics());
        } finally {
            JournalCompaction.delete(directory);
        }
        if (check && !holds) {
            System.exit(1);
        }
    }

    /** Until nothing has been written for a second: what was to be moved has been. */
    private static void awaitIdle(PassingTraffic traffic) {
        long batches = -1;
        while (batches != traffic.statistics().batches()) {
            batches = traffic.statistics().batches();
            for (long begin = System.nanoTime(); System.nanoTime() - begin < IDLE_NANOS; ) {
                LockSupport.parkNanos(IDLE_NANOS);
            }
        }
    }

    private static boolean report(Path directory, JournalStatistics statistics) throws IOException {
        Map<String, Long> bytesOfKinds = new TreeMap<>();
        Map<String, Integer> countOfKinds = new TreeMap<>();
        long all = 0;
        long largestCheckpoint = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String kind = kind(file.getFileName().toString());
                long bytes = Files.size(file);
                all += bytes;
                bytesOfKinds.merge(kind, bytes, Long::sum);
                countOfKinds.merge(kind, 1, Integer::sum);
                if (kind.equals("checkpoints")) {
                    largestCheckpoint = Math.max(largestCheckpoint, bytes);
                }
            }
        }
        bytesOfKinds.forEach((kind, bytes) ->
                System.out.printf(Locale.ROOT, "  %-12s %3d files %,15d bytes%n", kind, countOfKinds.get(kind), bytes));
        long segments = countOfKinds.getOrDefault("segments", 0);
        long ready = segments - statistics.segments();
        long spare = bytesOfKinds.getOrDefault("spares", 0L);
        long reserve = bytesOfKinds.getOrDefault("others", 0L);
        long bound = SEGMENTS_MAX * SEGMENT_BYTES
                + ready * SEGMENT_BYTES
                + spare
                + reserve
                + CHECKPOINTS_MAX * largestCheckpoint
                + statistics.liveBytes();
        System.out.printf(
                Locale.ROOT,
                "  bound: %d segments %,d + %d made ready %,d + spares %,d + reserve and lock %,d + two checkpoints %,d"
                        + " + alive %,d = %,d bytes%n",
                SEGMENTS_MAX,
                SEGMENTS_MAX * SEGMENT_BYTES,
                ready,
                ready * SEGMENT_BYTES,
                spare,
                reserve,
                CHECKPOINTS_MAX * largestCheckpoint,
                statistics.liveBytes(),
                bound);
        System.out.printf(
                Locale.ROOT,
                "  the directory takes %,d bytes: %s%n",
                all,
                all <= bound ? "within" : "MORE THAN the bound");
        return all <= bound;
    }

    private static String kind(String name) {
        if (name.endsWith(".ckp")) {
            return "checkpoints";
        }
        if (name.startsWith("spare-")) {
            return "spares";
        }
        return name.endsWith(".seg") ? "segments" : "others";
    }
}
