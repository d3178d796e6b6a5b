package dev.godwit.storage.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other processes out of a journal's directory, and tells them who is in. The operating system drops it with the
 * process, however that ends; the file stays.
 */
final class DirectoryLock implements AutoCloseable {
    private static final String FILE_NAME = "journal.lock";
    private static final int PID_BYTES_MAX = 20;

    private final FileChannel channel;
    private final long sinceNanos;

    private DirectoryLock(FileChannel channel, long sinceNanos) {
        this.channel = channel;
        this.sinceNanos = sinceNanos;
    }

    static DirectoryLock take(Path directory) throws IOException, JournalOpenException {
        var channel = FileChannel.open(
                directory.resolve(FILE_NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (lock(channel) == null) {
                throw new JournalOpenException(
                        JournalOpenException.Reason.LOCKED,
                        "journal " + directory + " is in use by process " + holder(channel));
            }
            long sinceNanos = System.nanoTime();
            channel.truncate(0);
            channel.write(US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
            return new DirectoryLock(channel, sinceNanos);
        } catch (IOException | JournalOpenException e) {
            channel.close();
            throw e;
        }
    }

    /** For how long it has been held, in milliseconds, rounded down. */
    long heldMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(bytes, 0);
        return US_ASCII.decode(bytes.flip()).toString().trim();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
