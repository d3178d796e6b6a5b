package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Journals outlive releases: what a release once wrote, every later one reads. */
class GoldenJournalTest {
    @Test
    void replaysFormatVersion1() throws Exception {
        var files = load("format-1");
        var log = new HandTurnedLog(files);

        assertThat(log.replay(0).records())
                .containsExactly(Map.entry(2L, Records.stored("orders", "{\"durable\":true}")));
        assertThat(log.replay(1).records())
                .containsExactly(Map.entry(1L, Records.message("kept")), Map.entry(3L, Records.message(40_000, 3)));
        assertThat(log.replay(1).deliveryCounts()).containsExactly(Map.entry(1L, 3));
        assertThat(log.replay(2).records())
                .containsExactly(Map.entry(2L, Records.message("moved")), Map.entry(3L, Records.message(20_000, 4)));
        assertThat(log.lastIndex(3)).isEqualTo(40);
        assertThat(log.log.tail(1).epoch()).isEqualTo(1);
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysPartsAndAttributes() throws Exception {
        MemoryFileLayer files = load("format-1-parts");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        assertThat(Objects.requireNonNull(RecoveryScan.scan(files, false)).bytesSinceCheckpoint())
                .isLessThan(
                        Objects.requireNonNull(RecoveryScan.scan(files, true)).bytesSinceCheckpoint());
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            var expected = new TreeMap<>(GoldenJournal.expectedLater());
            expected.remove(1L);
            expected.remove(8L);
            assertThat(new HandTurnedLog(each).replay(1).records()).isEqualTo(expected);
        }
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysAnnotations() throws Exception {
        MemoryFileLayer files = load("format-1-annotations");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            RecordedReplay replay = new HandTurnedLog(each).replay(1);
            assertThat(replay.records())
                    .containsExactly(
                            Map.entry(2L, Records.message("annotated once")),
                            Map.entry(3L, Records.message("annotated twice")));
            assertThat(replay.annotations())
                    .containsExactly(Records.annotated(2, "once"), Records.annotated(3, "first and second"));
            assertThat(replay.deliveryCounts()).containsExactly(Map.entry(3L, 2));
        }
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysSharedBodies() throws Exception {
        MemoryFileLayer files = load("format-1-shared");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        var body = Records.body(300, 1);
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            RecordedReplay replay = new HandTurnedLog(each).replay(1);
            assertThat(replay.records())
                    .containsExactly(
                            Map.entry(3L, Records.copy(7, 2).with(body)),
                            Map.entry(4L, new CopyEnqueued(8, 99_000, 0xF0F, 6_000, 2).with(body)),
                            Map.entry(7L, Records.message("between")),
                            Map.entry(10L, Records.copy(10, 8).with(Records.body(40_000, 3))));
            assertThat(replay.notBefores()).containsExactly(Map.entry(4L, 6_000L));
        }
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysWhenMessagesMayBeGivenOut() throws Exception {
        MemoryFileLayer files = load("format-1-not-before");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            RecordedReplay replay = new HandTurnedLog(each).replay(1);
            assertThat(replay.notBefores())
                    .isEqualTo(Map.of(2L, 5_000L, 4L, 6_000L, 5L, 7_000L, 7L, 9_000L, 9L, 8_000L, 11L, 8_500L));
            assertThat(replay.deliveryCounts()).isEqualTo(Map.of(5L, 2, 7L, 1));
            assertThat(replay.records())
                    .containsEntry(2L, GoldenJournal.notBefore(5_000, "scheduled"))
                    .containsEntry(5L, Records.message("to be tried again"))
                    .containsEntry(9L, GoldenJournal.notBefore(8_000, "posted"))
                    .containsKeys(4L, 7L, 11L)
                    .doesNotContainKey(13L);
        }
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysNotesOfQueues() throws Exception {
        MemoryFileLayer files = load("format-1-notes");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            assertThat(new HandTurnedLog(each).replay(1).records())
                    .containsExactly(
                            Map.entry(2L, Records.noted("written first")),
                            Map.entry(3L, Records.message("a message")),
                            Map.entry(9L, Records.noted("written last")));
        }
    }

    /** A transaction over two shards whose end only the deciding one knows, one in doubt, and ended ones. */
    @Test
    void replaysTransactions() throws Exception {
        MemoryFileLayer files = load("format-1-transactions");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            var log = new HandTurnedLog(each);
            var deciding = log.replay(1);
            assertThat(deciding.records())
                    .containsExactly(
                            Map.entry(2L, Records.message("committed here")), Map.entry(6L, Records.message(9_000, 5)));
            assertThat(deciding.decided()).containsExactly(new UUID(1, 2));
            var participant = log.replay(2);
            assertThat(participant.records()).containsOnlyKeys(3L, 4L);
            assertThat(participant.prepared()).containsOnlyKeys(new UUID(1, 2), new UUID(1, 4));
            assertThat(participant.committed()).containsExactly(new UUID(1, 2));
        }
    }

    /** A log whose commit is a majority's: the last mark says that all up to entry 7 is committed. */
    @Test
    void replaysEntries() throws Exception {
        var log = new HandTurnedLog(load("format-1-entries"));
        EntryLog entries = log.log.tail(1).entriesThere();
        assertThat(List.of(entries.coverIndex(), entries.committedIndex(), entries.lastIndex(), entries.lastEpoch()))
                .containsExactly(2L, 7L, 9L, 4L);
        assertThat(List.of(entries.epochAt(2), entries.epochAt(5), entries.epochAt(6)))
                .containsExactly(1L, 3L, 4L);
        assertThat(log.replay(1).records())
                .containsExactly(
                        Map.entry(2L, Records.message("of before")),
                        Map.entry(4L, Records.message("committed")),
                        Map.entry(7L, Records.message(40_000, 3)));
    }

    /** With the checkpoints that lie beside it, and without them. */
    @Test
    void replaysEntriesWithCheckpoints() throws Exception {
        MemoryFileLayer files = load("format-1-checkpointed-entries");
        assertThat(CheckpointFiles.all(files)).hasSize(2);
        assertThat(Objects.requireNonNull(RecoveryScan.scan(files, false)).bytesSinceCheckpoint())
                .isLessThan(
                        Objects.requireNonNull(RecoveryScan.scan(files, true)).bytesSinceCheckpoint());
        for (MemoryFileLayer each : List.of(files, files.copyWithoutCheckpoints())) {
            var log = new HandTurnedLog(each);
            EntryLog first = log.log.tail(1).entriesThere();
            assertThat(List.of(first.coverIndex(), first.committedIndex(), first.lastIndex(), first.lastEpoch()))
                    .containsExactly(2L, 7L, 9L, 4L);
            EntryLog second = log.log.tail(2).entriesThere();
            assertThat(List.of(second.coverIndex(), second.committedIndex(), second.lastIndex()))
                    .containsExactly(0L, 4L, 6L);
            assertThat(List.of(second.epochAt(4), second.epochAt(5))).containsExactly(5L, 6L);
            assertThat(log.replay(1).records()).containsOnlyKeys(2L, 4L, 7L);
            assertThat(log.replay(2).records())
                    .containsExactly(
                            Map.entry(3L, Records.copy(7, 2).with(Records.body(300, 1))),
                            Map.entry(4L, Records.message("not committed before the checkpoint")));
        }
    }

    @Test
    void replaysAStateFromElsewhere() throws Exception {
        var log = new HandTurnedLog(load("format-1-installed-state"));
        EntryLog entries = log.log.tail(1).entriesThere();
        assertThat(List.of(entries.coverIndex(), entries.coverEpoch(), entries.committedIndex(), entries.lastIndex()))
                .containsExactly(500L, 8L, 501L, 501L);
        assertThat(log.replay(1).records())
                .containsExactly(
                        Map.entry(3L, Records.stored("orders", "{}")), Map.entry(11L, Records.message(40_000, 3)));
    }

    @Test
    void goesOnWritingFormatVersion1() throws Exception {
        var log = new HandTurnedLog(load("format-1"));
        long index = log.store(1, Records.message("new"));
        assertThat(log.reopened().replay(1).records()).containsEntry(index, Records.message("new"));
    }

    private static MemoryFileLayer load(String version) throws Exception {
        var files = new MemoryFileLayer();
        Path directory = Path.of(Objects.requireNonNull(GoldenJournalTest.class.getResource("/golden/" + version))
                .toURI());
        List<Path> segments;
        try (var all = Files.list(directory)) {
            segments = all.toList();
        }
        assertThat(segments).hasSizeGreaterThan(1);
        for (Path segment : segments) {
            String name = segment.getFileName().toString();
            files.put(name.substring(0, name.length() - ".gz".length()), read(segment));
        }
        return files;
    }

    private static byte[] read(Path segment) throws IOException {
        try (var in = new GZIPInputStream(Files.newInputStream(segment))) {
            return in.readAllBytes();
        }
    }
}
