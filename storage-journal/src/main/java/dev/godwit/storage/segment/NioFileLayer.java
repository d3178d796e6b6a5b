package dev.godwit.storage.segment;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal's directory on a real disk. Segments are written past the page cache, and durable on return, where the
 * file system lets us (O_DIRECT and O_DSYNC); else each write is followed by an fdatasync. Made once, at open.
 */
public final class NioFileLayer implements FileLayer {
    private static final Logger LOG = LoggerFactory.getLogger(NioFileLayer.class);
    private static final String PROBE = "direct-io.probe";
    private static final int BLOCK_BYTES = 4096;
    private static final int ZEROS_BYTES = 1024 * 1024;

    private final Path directory;
    private final int alignmentBytes;
    private final boolean direct;

    private NioFileLayer(Path directory, int alignmentBytes, boolean direct) {
        this.directory = directory;
        this.alignmentBytes = alignmentBytes;
        this.direct = direct;
    }

    /** Tries on a file of its own, in {@code directory}, how the segments can be written. */
    public static NioFileLayer in(Path directory) throws IOException {
        long blockBytes = Files.getFileStore(directory).getBlockSize();
        if (blockBytes <= 0 || BLOCK_BYTES % blockBytes != 0) {
            LOG.info(
                    "Journal {} is written with write and fdatasync: the file system has blocks of {} bytes",
                    directory,
                    blockBytes);
            return buffered(directory);
        }
        var direct = new NioFileLayer(directory, (int) blockBytes, true);
        try {
            direct.probe();
            LOG.info("Journal {} is written with O_DIRECT and O_DSYNC", directory);
            return direct;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.info(
                    "Journal {} is written with write and fdatasync: the file system refuses O_DIRECT ({})",
                    directory,
                    e.toString());
            return buffered(directory);
        } finally {
            Files.deleteIfExists(directory.resolve(PROBE));
        }
    }

    /** For one who only looks on. */
    public static NioFileLayer forReading(Path directory) {
        return buffered(directory);
    }

    /** Through the page cache, whatever the disk could do. */
    static NioFileLayer buffered(Path directory) {
        return new NioFileLayer(directory, BLOCK_BYTES, false);
    }

    private void probe() throws IOException {
        createZeroed(PROBE, BLOCK_BYTES);
        try (JournalFile file = openForWriting(PROBE)) {
            file.writeDurably(
                    ByteBuffer.allocateDirect(BLOCK_BYTES + alignmentBytes)
                            .alignedSlice(alignmentBytes)
                            .slice(0, BLOCK_BYTES),
                    0);
        }
    }

    @Override
    public int alignmentBytes() {
        return alignmentBytes;
    }

    @Override
    public List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Override
    public void createZeroed(String name, long bytes) throws IOException {
        var zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS_BYTES));
        try (var channel = FileChannel.open(
                directory.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            for (long position = 0; position < bytes; ) {
                zeros.clear().limit((int) Math.min(bytes - position, zeros.capacity()));
                position += channel.write(zeros, position);
            }
            channel.force(true);
        }
    }

    @Override
    public GrowingFile create(String name) throws IOException {
        return new NioGrowingFile(FileChannel.open(
                directory.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE));
    }

    @Override
    public JournalFile openForWriting(String name) throws IOException {
        Set<? extends OpenOption> options = direct
                ? Set.of(StandardOpenOption.WRITE, StandardOpenOption.DSYNC, ExtendedOpenOption.DIRECT)
                : Set.of(StandardOpenOption.WRITE);
        return new NioJournalFile(FileChannel.open(directory.resolve(name), options), !direct);
    }

    @Override
    public JournalFile openForReading(String name) throws IOException {
        return new NioJournalFile(FileChannel.open(directory.resolve(name), StandardOpenOption.READ), false);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(directory.resolve(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private record NioGrowingFile(FileChannel channel) implements GrowingFile {
        @Override
        public void append(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(true);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private record NioJournalFile(FileChannel channel, boolean syncsEachWrite) implements JournalFile {
        @Override
        public long bytes() throws IOException {
            return channel.size();
        }

        @Override
        public void writeDurably(ByteBuffer buffer, long position) throws IOException {
            long at = position;
            while (buffer.hasRemaining()) {
                at += channel.write(buffer, at);
            }
            if (syncsEachWrite) {
                channel.force(false);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            long at = position;
            while (buffer.hasRemaining()) {
                int read = channel.read(buffer, at);
                if (read < 0) {
                    return;
                }
                at += read;
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
