package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Journals outlive releases: what a release once wrote, every later one reads. */
class GoldenJournalTest {
    @Test
    void replaysFormatVersion1() throws Exception {
        var files = load("format-1");
        var log = new HandTurnedLog(files);

        GoldenJournal.expected().forEach((shard, records) -> {
            assertThat(log.replay(shard).order()).isSorted().doesNotHaveDuplicates();
            assertThat(log.replay(shard).records()).as("shard %d", shard).containsAllEntriesOf(records);
        });
        assertThat(log.replay(0).order()).hasSize(4);
        assertThat(log.replay(1).order()).hasSize(6);
        assertThat(log.replay(2).order()).hasSize(2);
        assertThat(log.lastIndex(3)).isEqualTo(40);
        assertThat(log.log.tail(1).epoch()).isEqualTo(1);
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
        assertThat(segments).hasSizeGreaterThan(2);
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
