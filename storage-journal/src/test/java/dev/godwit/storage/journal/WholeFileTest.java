package dev.godwit.storage.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.segment.GrowingFile;
import dev.godwit.storage.segment.MemoryFileLayer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    private Path directory;

    @Test
    void writesAnew() throws IOException {
        WholeFile.write(directory, "file", UTF_8.encode("a longer text"));
        WholeFile.write(directory, "file", UTF_8.encode("a text"));
        assertThat(directory.resolve("file")).hasContent("a text");
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void deletesWhatIsThereAndWhatIsNot() throws IOException {
        WholeFile.write(directory, "file", UTF_8.encode("a text"));
        WholeFile.delete(directory, "file");
        WholeFile.delete(directory, "file");
        assertThat(directory).isEmptyDirectory();
    }

    /** The content before the name, and the name before it returns: whoever relies on it has lost nothing then. */
    @Test
    void isOnStableStorageWhenItReturns() throws IOException {
        List<String> done = new ArrayList<>();
        var files = new MemoryFileLayer() {
            @Override
            public GrowingFile create(String name) throws IOException {
                var file = super.create(name);
                return new GrowingFile() {
                    @Override
                    public void append(ByteBuffer bytes) throws IOException {
                        done.add("append");
                        file.append(bytes);
                    }

                    @Override
                    public void sync() throws IOException {
                        done.add("sync");
                        file.sync();
                    }

                    @Override
                    public void close() throws IOException {
                        file.close();
                    }
                };
            }

            @Override
            public void rename(String from, String to) throws IOException {
                done.add("rename to " + to);
                super.rename(from, to);
            }

            @Override
            public void syncDirectory() throws IOException {
                done.add("sync directory");
                super.syncDirectory();
            }
        };
        WholeFile.write(files, "file", UTF_8.encode("text"));
        assertThat(done).containsExactly("append", "sync", "rename to file", "sync directory");
        assertThat(files.contentOf("file")).isEqualTo("text".getBytes(UTF_8));
    }
}
