package dev.godwit.benchmarks.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which processor a thread may run on. A disk interrupts one processor: a thread that waits for the disk there goes on
 * sooner than one that has to be woken on another, by more than what is compared here. So the bare loop and the journal's
 * writer take turns on the processor where durable writes are quickest, which is found by trying; whoever hands the
 * journal its records runs on the others, if there are any. Linux only, by taskset(1).
 */
final class Placement {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final int PROBES = 5;
    private static final long PROBE_NANOS = 100_000_000;

    private final String everywhere;
    private final String chosen;
    private final String others;
    private final String owner;

    private Placement(String everywhere, String chosen, String others) throws IOException {
        this.everywhere = everywhere;
        this.chosen = chosen;
        this.others = others;
        owner = Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString();
    }

    /** The calling thread is the one that the benchmark runs on. Leaves each thread where the scheduler puts it. */
    static Placement asItComes() throws IOException {
        String everywhere = "0-" + (Runtime.getRuntime().availableProcessors() - 1);
        return new Placement(everywhere, everywhere, everywhere);
    }

    /** The calling thread is the one that the benchmark runs on. Says what it found. */
    static Placement quickest(Path directory, Bodies bodies) throws IOException {
        int processors = Runtime.getRuntime().availableProcessors();
        Placement free = asItComes();
        double[][] micros = new double[processors][PROBES];
        try (var bare = new BareLoop(directory, bodies, 1, false)) {
            for (int probe = 0; probe < PROBES; probe++) {
                for (int processor = 0; processor < processors; processor++) {
                    place(free.owner, Integer.toString(processor));
                    micros[processor][probe] = 1e6 / bare.run(PROBE_NANOS).perSecond();
                }
            }
        }
        int best = 0;
        var found = new StringBuilder();
        for (int processor = 0; processor < processors; processor++) {
            Arrays.sort(micros[processor]);
            if (micros[processor][PROBES / 2] < micros[best][PROBES / 2]) {
                best = processor;
            }
            found.append(String.format(Locale.ROOT, " %d: %.1f", processor, micros[processor][PROBES / 2]));
        }
        System.out.printf("us for a durable block, by processor:%s; both writers run on %d%n", found, best);
        place(free.owner, free.everywhere);
        int chosen = best;
        String others = IntStream.range(0, processors)
                .filter(processor -> processor != chosen)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
        return new Placement(free.everywhere, Integer.toString(chosen), others.isEmpty() ? free.everywhere : others);
    }

    /** The benchmark's own thread is going to write. */
    void ownerWrites() throws IOException {
        place(owner, chosen);
    }

    /** The benchmark's own thread is going to hand its records to the journal. */
    void ownerHandsOver() throws IOException {
        place(owner, others);
    }

    /** What was placed goes where the scheduler wants it. */
    void end() throws IOException {
        place(owner, everywhere);
    }

    /** Of a journal that was just opened. */
    void journalWrites() throws IOException {
        for (Path task : tasks()) {
            if (Files.readString(task.resolve("comm")).startsWith("journal-writer")) {
                place(task.getFileName().toString(), chosen);
            }
        }
    }

    private static List<Path> tasks() throws IOException {
        try (var tasks = Files.list(TASKS)) {
            return tasks.toList();
        }
    }

    private static void place(String task, String processors) throws IOException {
        var command = new ProcessBuilder("taskset", "--cpu-list", "--pid", processors, task)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (command.waitFor() != 0) {
                throw new IOException("taskset cannot place thread " + task + " on " + processors);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
