package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways to write, whichever of them the disk under test would choose. */
class NioFileLayerTest {
    @TempDir
    static Path directory;

    static Stream<NioFileLayer> layers() throws IOException {
        return Stream.of(NioFileLayer.in(directory), NioFileLayer.buffered(directory));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void readsWhatWasWritten(NioFileLayer files) throws IOException {
        files.createZeroed("a", 64 * 1024);
        var block = ByteBuffer.allocateDirect(8192).alignedSlice(4096).slice(0, 4096);
        for (int i = 0; i < block.capacity(); i++) {
            block.put(i, (byte) i);
        }
        try (JournalFile file = files.openForWriting("a")) {
            file.writeDurably(block, 8192);
        }
        files.rename("a", "b");
        files.syncDirectory();
        assertThat(files.names()).containsExactly("b");

        var read = ByteBuffer.allocate(12_288);
        try (JournalFile file = files.openForReading("b")) {
            assertThat(file.bytes()).isEqualTo(64 * 1024);
            file.read(read, 4096);
        }
        assertThat(read.get(4095)).isZero();
        assertThat(read.slice(4096, 4096)).isEqualTo(block.clear());
        assertThat(read.get(8192)).isZero();
        var fetched = ByteBuffer.allocateDirect(16_384).alignedSlice(4096).slice(0, 12_288);
        try (JournalFile file = files.openForFetching("b")) {
            file.read(fetched, 4096);
        }
        assertThat(fetched.flip()).isEqualTo(read.flip());
        files.delete("b");
        assertThat(files.names()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("layers")
    void keepsALog(NioFileLayer files) throws IOException {
        SegmentedLog log = SegmentedLog.open(files, HandTurnedLog.SETTINGS, DirectExecutor.threads(), false);
        log.recover(shard -> null);
        JournalWriter writer = log.attach();
        for (int i = 1; i <= 50; i++) {
            log.intake(log.tail(1)).append(i, 1, Records.message(5_000, i), 5_000, false);
            assertThat(writer.turn(false)).isTrue();
        }
        var replay = new RecordedReplay();
        SegmentedLog again = SegmentedLog.open(files, HandTurnedLog.SETTINGS, DirectExecutor.threads(), false);
        assertThat(again.recover(shard -> replay)).isEqualTo(50);
        var done = new AtomicBoolean();
        again.start(failure -> {});
        again.read(1, replay.toBeRead(), read -> {
            for (int i = 0; i < read.count(); i++) {
                replay.onRead(read.index(i), Objects.requireNonNull(read.record(i), read.problem(i)));
            }
            done.set(true);
        });
        await().until(done::get);
        assertThat(replay.records()).hasSize(50).containsEntry(50L, Records.message(5_000, 50));
        again.close();
        for (String name : files.names()) {
            files.delete(name);
        }
    }
}
