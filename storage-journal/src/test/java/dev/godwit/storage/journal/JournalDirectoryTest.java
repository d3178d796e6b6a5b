package dev.godwit.storage.journal;

import static dev.godwit.storage.segment.Records.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.segment.RecordedReplay;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a real disk. */
@Timeout(60)
class JournalDirectoryTest {
    @TempDir
    Path directory;

    private JournalConfiguration configuration() {
        return JournalConfiguration.defaults(directory.resolve("journal")).withSegmentBytes(1024 * 1024);
    }

    @Test
    void keepsWhatWasSafe() throws Exception {
        writeMessages(3_000);
        var replays = new TreeMap<Integer, RecordedReplay>();
        try (var journal = open()) {
            RecoveryReport report = journal.recover(shard -> replays.computeIfAbsent(shard, n -> new RecordedReplay()));
            assertThat(report.segments()).isGreaterThan(1);
        }
        RecordedReplay replay = Objects.requireNonNull(replays.get(1));
        assertThat(replay.order()).hasSize(3_000).isSorted().startsWith(2L).endsWith(3_001L);
    }

    @Test
    void namesTheProcessThatHoldsTheDirectory() throws Exception {
        Process holder = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        HoldJournal.class.getName(),
                        configuration().directory().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("open");
            assertRefused(this::open, JournalOpenException.Reason.LOCKED, "process " + holder.pid());
        } finally {
            holder.destroyForcibly();
        }
        assertThat(holder.waitFor(20, TimeUnit.SECONDS)).isTrue();
        open().close();
    }

    @Test
    void refusesToBeOpenedTwiceByOneProcess() throws Exception {
        try (var journal = open()) {
            assertThat(journal.statistics().batches()).isZero();
            assertRefused(
                    this::open,
                    JournalOpenException.Reason.LOCKED,
                    "process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void refusesAFileInPlaceOfTheDirectory() throws Exception {
        Files.writeString(configuration().directory(), "not a directory");
        assertRefused(
                this::open,
                JournalOpenException.Reason.UNUSABLE,
                configuration().directory().toString());
    }

    @Test
    void refusesAnUnknownFormatVersion() throws Exception {
        writeMessages(1);
        editHeader(header -> header.putInt(8, 9));
        assertRefused(this::open, JournalOpenException.Reason.FOREIGN, "format version 9 is unknown");
    }

    @Test
    void refusesAFileOfAnotherKind() throws Exception {
        writeMessages(1);
        editHeader(header -> header.putLong(0, 0x4D5A900003000000L));
        assertRefused(this::open, JournalOpenException.Reason.FOREIGN, "not a journal segment");
    }

    @Test
    void refusesSegmentsOfTwoJournals() throws Exception {
        writeMessages(3_000);
        Path mine = segments().get(1);
        byte[] kept = Files.readAllBytes(mine);
        for (Path segment : segments()) {
            Files.delete(segment);
        }
        writeMessages(3_000);
        Files.write(mine, kept);
        assertRefused(this::open, JournalOpenException.Reason.FOREIGN, "belongs to journal");
    }

    @Test
    void refusesSmallerSegmentsThanThereAre() throws Exception {
        writeMessages(1);
        assertRefused(
                () -> Journal.open(configuration().withSegmentBytes(64 * 1024), failure -> {}),
                JournalOpenException.Reason.FOREIGN,
                "larger");
    }

    @Test
    void saysWhereTheJournalIsDamaged() throws Exception {
        writeMessages(3_000);
        Path first = segments().get(0);
        try (var channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 4096 + 100);
        }
        deleteCheckpoints();
        assertRefused(this::open, JournalOpenException.Reason.CORRUPT, first.getFileName() + " at offset 4096");
    }

    private Journal open() throws JournalOpenException {
        return Journal.open(configuration(), failure -> {});
    }

    private void writeMessages(int count) throws JournalOpenException {
        try (var journal = open()) {
            journal.recover(shard -> new RecordedReplay());
            ShardLog log = journal.shardLog(1, Runnable::run, new TestJournal.Told());
            for (int i = 0; i < count; i++) {
                log.append(message(500, i));
            }
        }
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(configuration().directory())) {
            return files.filter(file -> file.getFileName().toString().startsWith("journal-"))
                    .sorted()
                    .toList();
        }
    }

    /** Changes the first segment's header, and makes its checksum match again. */
    private void editHeader(Consumer<ByteBuffer> change) throws IOException {
        try (var channel = FileChannel.open(segments().get(0), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var header = ByteBuffer.allocate(64);
            channel.read(header, 0);
            change.accept(header);
            var crc = new CRC32C();
            crc.update(header.array(), 0, 60);
            header.putInt(60, (int) crc.getValue());
            channel.write(header.rewind(), 0);
        }
    }

    /** So that the whole log is read. */
    private void deleteCheckpoints() throws IOException {
        try (var checkpoints = Files.newDirectoryStream(configuration().directory(), "*.ckp")) {
            for (Path checkpoint : checkpoints) {
                Files.delete(checkpoint);
            }
        }
    }

    private static void assertRefused(ThrowingCallable open, JournalOpenException.Reason reason, String text) {
        assertThatThrownBy(open)
                .isInstanceOf(JournalOpenException.class)
                .hasMessageContaining(text)
                .asInstanceOf(InstanceOfAssertFactories.throwable(JournalOpenException.class))
                .extracting(JournalOpenException::reason)
                .isEqualTo(reason);
    }
}
