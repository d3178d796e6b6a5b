package dev.godwit.storage.segment;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
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
 * The journal's directory on a real disk. Segments are written past the page cache, and durable on return (O_DIRECT and
 * O_DSYNC), or each write is followed by an fdatasync: whichever was found to be faster here. Made once, at open.
 */
public final class NioFileLayer implements FileLayer {
    private static final Logger LOG = LoggerFactory.getLogger(NioFileLayer.class);
    private static final int BLOCK_BYTES = 4096;
    private static final int BUFFERED_WINS_BY = 2;
    private static final int ZEROS_BYTES = 1024 * 1024;

    private final Path directory;
    private final FileStore store;
    private final int alignmentBytes;
    private final WriteMode mode;

    private NioFileLayer(Path directory, FileStore store, int alignmentBytes, WriteMode mode) {
        this.directory = directory;
        this.store = store;
        this.alignmentBytes = alignmentBytes;
        this.mode = mode;
    }

    /** Tries on a file of its own, in {@code directory}, how segments are written fastest. */
    public static NioFileLayer in(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        String warning = FileSystemKind.of(store.type()).warning();
        if (warning != null) {
            LOG.warn("Journal {} lies on {}: {}", directory, store.type(), warning);
        }
        var buffered = buffered(directory);
        long blockBytes = store.getBlockSize();
        if (blockBytes <= 0 || BLOCK_BYTES % blockBytes != 0) {
            LOG.info(
                    "Journal {} is written with {}: the file system has blocks of {} bytes",
                    directory,
                    buffered.mode,
                    blockBytes);
            return buffered;
        }
        return faster(new NioFileLayer(directory, store, (int) blockBytes, WriteMode.DIRECT), buffered);
    }

    private static NioFileLayer faster(NioFileLayer direct, NioFileLayer buffered) throws IOException {
        WriteProbe.Result probed;
        try {
            probed = new WriteProbe(direct, buffered).compare();
        } catch (DiskFullException e) {
            LOG.info("Journal {} is written with {}: no room to try another way", direct, buffered.mode);
            return buffered;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.info(
                    "Journal {} is written with {}: {} are refused ({})",
                    direct,
                    buffered.mode,
                    direct.mode,
                    e.toString());
            return buffered;
        }
        // Small blocks are where the page cache costs least: with large ones it falls behind. So it must win clearly.
        boolean directWins = probed.directNanos() <= BUFFERED_WINS_BY * probed.bufferedNanos();
        LOG.info(
                "Journal {} is written with {}: {} us for a durable block, {} us with {}",
                direct,
                directWins ? direct.mode : buffered.mode,
                (directWins ? probed.directNanos() : probed.bufferedNanos()) / 1000,
                (directWins ? probed.bufferedNanos() : probed.directNanos()) / 1000,
                directWins ? buffered.mode : direct.mode);
        return directWins ? direct : buffered;
    }

    /** For one who only looks on. */
    public static NioFileLayer forReading(Path directory) throws IOException {
        return buffered(directory);
    }

    /** Through the page cache, whatever the disk could do. */
    static NioFileLayer buffered(Path directory) throws IOException {
        return new NioFileLayer(directory, Files.getFileStore(directory), BLOCK_BYTES, WriteMode.BUFFERED);
    }

    /**
     * Makes a directory with those above it that are missing, each of them on stable storage in the one above.
     *
     * @throws IOException also when there is something else of that name
     */
    public static void createDirectories(Path directory) throws IOException {
        Path whole = directory.toAbsolutePath().normalize();
        Path parent = whole.getParent();
        if (parent == null || Files.isDirectory(whole)) {
            return;
        }
        createDirectories(parent);
        try {
            Files.createDirectory(whole);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(whole)) {
                throw new IOException(whole + " is not a directory", e);
            }
        }
        sync(parent);
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    @Override
    public long usableBytes() {
        try {
            return store.getUsableSpace();
        } catch (IOException e) {
            LOG.debug("How much room there is in {} cannot be found out", directory, e);
            return Long.MAX_VALUE;
        }
    }

    /**
     * The one place that tells a full disk from a broken one. The text of the error is the operating system's, in any
     * language; so what room is left counts too, which in turn knows nothing of quotas.
     */
    private IOException explained(IOException failure, long wantedBytes) {
        String text = String.valueOf(failure.getMessage());
        if (text.contains("No space left on device")
                || text.contains("Disk quota exceeded")
                || usableBytes() < wantedBytes) {
            return new DiskFullException(text, failure);
        }
        return failure;
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
        // Not tried in vain: that would keep the disk busy, and take the last room from others for a while.
        long usableBytes = usableBytes();
        if (usableBytes < bytes) {
            throw new DiskFullException("the file system has " + usableBytes + " bytes left");
        }
        Path file = directory.resolve(name);
        long[] written = new long[1];
        try {
            fill(file, bytes, written);
        } catch (IOException e) {
            IOException reason = explained(e, bytes - written[0]);
            if (reason instanceof DiskFullException) {
                Files.deleteIfExists(file);
            }
            throw reason;
        }
    }

    private static void fill(Path file, long bytes, long[] written) throws IOException {
        var zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS_BYTES));
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (written[0] < bytes) {
                zeros.clear().limit((int) Math.min(bytes - written[0], zeros.capacity()));
                written[0] += channel.write(zeros, written[0]);
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
        Set<? extends OpenOption> options = mode == WriteMode.DIRECT
                ? Set.of(StandardOpenOption.WRITE, StandardOpenOption.DSYNC, ExtendedOpenOption.DIRECT)
                : Set.of(StandardOpenOption.WRITE);
        return new NioJournalFile(FileChannel.open(directory.resolve(name), options), mode == WriteMode.BUFFERED);
    }

    @Override
    public JournalFile openForReading(String name) throws IOException {
        return new NioJournalFile(FileChannel.open(directory.resolve(name), StandardOpenOption.READ), false);
    }

    @Override
    public JournalFile openForFetching(String name) throws IOException {
        Set<? extends OpenOption> options = mode == WriteMode.DIRECT
                ? Set.of(StandardOpenOption.READ, ExtendedOpenOption.DIRECT)
                : Set.of(StandardOpenOption.READ);
        return new NioJournalFile(FileChannel.open(directory.resolve(name), options), false);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        try {
            Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw explained(e, 1);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(directory.resolve(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        sync(directory);
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
