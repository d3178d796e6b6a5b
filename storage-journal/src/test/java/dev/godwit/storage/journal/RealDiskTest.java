package dev.godwit.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.storage.record.JournalRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process writes to a real ext4 whose power is cut, that becomes read-only, whose disk fails or is full. Whatever the
 * process was told to be safe is there afterwards, and nothing whose end was safe. Where there is no root or no loop
 * device it is skipped, and says so. {@code -Dgodwit.test.diskCycles=50} is the long form.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class RealDiskTest {
    private static final int CYCLES = Integer.getInteger("godwit.test.diskCycles", 6);
    private static final int SHORT_CYCLES = Math.max(1, CYCLES / 6);
    private static final long DISK_BYTES = 48L << 20;
    private static final long CUT_DISK_BYTES = 512L << 20;
    private static final long TMPFS_BYTES = 16L << 20;

    @TempDir
    Path directory;

    private final Random random = new Random(Long.getLong("godwit.test.seed", 20_240_601L));
    private long confirmed;
    private int eioExits;
    private int drained;

    @Test
    void losesNothingThatWasSafeAndBringsNothingBack() throws Exception {
        String lack = LoopDisk.lack();
        if (lack != null) {
            System.out.println("J2 skipped: " + lack);
        }
        Assumptions.assumeTrue(lack == null, "J2 needs a loop device: " + lack);

        try (LoopDisk disk = LoopDisk.in(directory, "cut", CUT_DISK_BYTES)) {
            var found = new Found(disk);
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                cut(disk, found, cycle);
            }
        }
        for (int cycle = 0; cycle < SHORT_CYCLES; cycle++) {
            failUnder("fail" + cycle);
            fill("full" + cycle);
        }
        System.out.printf(
                "J2 cycles=%d confirmed=%d lost=0 resurrected=0 eio-exits=%d/%d enospc-drained=%d/%d%n",
                CYCLES + 2 * SHORT_CYCLES, confirmed, eioExits, CYCLES + SHORT_CYCLES, drained, SHORT_CYCLES);
        assertThat(eioExits).isEqualTo(CYCLES + SHORT_CYCLES);
        assertThat(drained).isEqualTo(SHORT_CYCLES);
    }

    private void cut(LoopDisk disk, Found found, int cycle) throws Exception {
        var writer = new Writer(disk, "write");
        writer.awaitConfirmed(500 + random.nextInt(6_000));
        switch (cycle % 3) {
            case 0 -> disk.cutPower(false);
            case 1 -> disk.cutPower(true);
            default -> disk.makeReadOnly();
        }
        if (writer.end() == DiskWriter.FAILED) {
            eioExits++;
        }
        disk.mountAgain();
        found.check(writer);
    }

    /** The file system lies in a file on a memory that is smaller than it says: at some point its writes fail. */
    private void failUnder(String name) throws Exception {
        Path memory = Files.createDirectory(directory.resolve(name + "-tmpfs"));
        LoopDisk.run("mount", "-t", "tmpfs", "-o", "size=" + TMPFS_BYTES, "tmpfs", memory.toString());
        try (LoopDisk disk = LoopDisk.in(memory, name, DISK_BYTES)) {
            var writer = new Writer(disk, "grow");
            if (writer.end() == DiskWriter.FAILED) {
                eioExits++;
            }
            LoopDisk.run("mount", "-o", "remount,size=" + 2 * DISK_BYTES, memory.toString());
            disk.mountAgain();
            new Found(disk).check(writer);
        } finally {
            LoopDisk.run("umount", memory.toString());
        }
    }

    private void fill(String name) throws Exception {
        try (LoopDisk disk = LoopDisk.in(directory, name, DISK_BYTES)) {
            var writer = new Writer(disk, "fill");
            assertThat(writer.end()).isZero();
            assertThat(writer.told).contains("full", "drained", "done");
            drained++;
            disk.mountAgain();
            new Found(disk).check(writer);
        }
    }

    /** The process, and what it told. */
    private static final class Writer {
        final Map<Long, Long> removals = new HashMap<>();
        final Set<Long> messages = new HashSet<>();
        final Set<String> told = new HashSet<>();
        private final Process process;
        private final Thread reader;
        private volatile long confirmed;
        private volatile long first;

        Writer(LoopDisk disk, String what) throws IOException {
            process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            DiskWriter.class.getName(),
                            disk.directory().toString(),
                            what)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BufferedReader lines = process.inputReader();
            reader = new Thread(() -> lines.lines().forEach(this::onLine), "writer-output");
            reader.start();
        }

        private void onLine(String line) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "m" -> {
                    removals.remove(Long.parseLong(words[1]));
                    messages.add(Long.parseLong(words[1]));
                }
                case "x" -> {
                    messages.remove(Long.parseLong(words[1]));
                    removals.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
                }
                case "c" -> {
                    confirmed = Long.parseLong(words[1]);
                    first = first == 0 ? confirmed : first;
                }
                default -> told.add(words[0]);
            }
        }

        void awaitConfirmed(long count) {
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> (first > 0 && confirmed - first >= count) || !process.isAlive());
        }

        /** Its exit code, when it has ended by itself, and all that it told is known. */
        int end() throws InterruptedException {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("the writer did not end by itself; it told " + told);
            }
            reader.join();
            return process.exitValue();
        }
    }

    /** What is in the journal, from one start to the next. */
    private final class Found {
        private final LoopDisk disk;
        private Set<Long> before = new TreeSet<>();

        Found(LoopDisk disk) {
            this.disk = disk;
        }

        void check(Writer writer) throws Exception {
            var recovered = new RecoveredMessages();
            try (Journal journal = Journal.open(DiskWriter.configuration(disk.directory()), failure -> {})) {
                journal.recover(shard -> recovered);
                checkIndices(writer, recovered.indices);
                read(journal, recovered.indices);
            }
            confirmed += Math.max(0, writer.confirmed - writer.first);
            before = recovered.indices;
        }

        private void checkIndices(Writer writer, Set<Long> live) {
            var mustBe = new TreeSet<>(before);
            var mayBe = new TreeSet<>(before);
            writer.messages.forEach(index -> {
                mayBe.add(index);
                if (index <= writer.confirmed) {
                    mustBe.add(index);
                }
            });
            writer.removals.forEach((index, message) -> {
                mustBe.remove(message);
                if (index <= writer.confirmed) {
                    mayBe.remove(message);
                }
            });
            assertThat(live).as("lost").containsAll(mustBe);
            assertThat(mayBe).as("resurrected or invented").containsAll(live);
        }

        private void read(Journal journal, Set<Long> live) {
            ShardLog log = journal.shardLog(DiskWriter.SHARD, Runnable::run, new TestJournal.Told());
            var ended = new AtomicBoolean();
            var wrong = new TreeSet<String>();
            long[] indices = live.stream().mapToLong(Long::longValue).toArray();
            log.read(indices, indices.length, new ReadListener() {
                @Override
                public void onMessage(long index, JournalRecord.MessageEnqueued record) {
                    if (!record.equals(DiskWriter.messageOf(index))) {
                        wrong.add(index + " has another body");
                    }
                }

                @Override
                public void onPart(long index, JournalRecord.MessagePart record) {
                    wrong.add(index + " is a part");
                }

                @Override
                public void onUnreadable(long index, String problem) {
                    wrong.add(index + ": " + problem);
                }

                @Override
                public void onEnd() {
                    ended.set(true);
                }
            });
            await().atMost(Duration.ofSeconds(60)).until(ended::get);
            assertThat(wrong).isEmpty();
        }
    }
}
