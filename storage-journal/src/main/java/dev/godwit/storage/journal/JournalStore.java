package dev.godwit.storage.journal;

import dev.godwit.storage.segment.CorruptJournalException;
import dev.godwit.storage.segment.DiskFullException;
import dev.godwit.storage.segment.DiskSpace;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.LogSettings;
import dev.godwit.storage.segment.NioFileLayer;
import dev.godwit.storage.segment.SegmentedLog;
import dev.godwit.storage.segment.WriterCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a node's journal, locked against other processes: what journals of one node alone and of majorities have in
 * common. Opened and closed by its journal; what else is asked may be asked from any thread.
 */
public final class JournalStore {
    private static final Logger LOG = LoggerFactory.getLogger(JournalStore.class);

    private static final String WHAT_TO_DO =
            "Restore the files from a copy if there is one. Else `godwit journal verify`"
                    + " says what can be read, and `godwit journal repair`, or a start with --accept-loss, goes on without the"
                    + " rest.";

    private final JournalConfiguration configuration;
    private final FileLayer files;
    private final @Nullable DirectoryLock lock;
    private final SegmentedLog log;

    private JournalStore(
            JournalConfiguration configuration, FileLayer files, @Nullable DirectoryLock lock, SegmentedLog log) {
        this.configuration = configuration;
        this.files = files;
        this.lock = lock;
        this.log = log;
    }

    /**
     * Locks the directory, verifies every record in it, and finds the durable end. What follows that end was never
     * confirmed to anyone and will be overwritten.
     *
     * @throws JournalOpenException when the journal is in use, damaged, foreign or unusable; nothing was changed
     */
    public static JournalStore open(JournalConfiguration configuration) throws JournalOpenException {
        Path directory = configuration.directory();
        DirectoryLock lock = null;
        try {
            NioFileLayer.createDirectories(directory);
            lock = DirectoryLock.take(directory);
            return open(configuration, NioFileLayer.in(directory), lock);
        } catch (IOException e) {
            release(lock);
            throw whyNot(directory, e);
        } catch (RuntimeException | Error e) {
            release(lock);
            throw e;
        }
    }

    /** For tests: on files of their own making, without a lock. */
    public static JournalStore open(JournalConfiguration configuration, FileLayer files) throws JournalOpenException {
        try {
            return open(configuration, files, null);
        } catch (IOException e) {
            throw whyNot(configuration.directory(), e);
        }
    }

    private static JournalStore open(JournalConfiguration configuration, FileLayer files, @Nullable DirectoryLock lock)
            throws IOException {
        SegmentedLog log = SegmentedLog.open(
                files,
                new LogSettings(
                        configuration.segmentBytes(),
                        configuration.segmentsAhead(),
                        configuration.reserveSegments(),
                        configuration.slackSegments(),
                        configuration.lazySyncMillis(),
                        configuration.retentionMillis(),
                        configuration.retentionBytes(),
                        configuration.logTailBytes()),
                configuration.acceptLoss());
        return new JournalStore(configuration, files, lock, log);
    }

    /** For how long no other process has had these files: since the lock was taken, in milliseconds; 0 without one. */
    public long heldMillis() {
        return lock == null ? 0 : lock.heldMillis();
    }

    /** What is said of a journal that cannot be opened. */
    public static JournalOpenException whyNot(Path directory, IOException cause) {
        if (cause instanceof CorruptJournalException corrupt) {
            var reason =
                    corrupt.isForeign() ? JournalOpenException.Reason.FOREIGN : JournalOpenException.Reason.CORRUPT;
            String advice = corrupt.isForeign() ? "" : "\n" + WHAT_TO_DO;
            return new JournalOpenException(reason, "journal " + directory + ": " + cause.getMessage() + advice, cause);
        }
        if (cause instanceof DiskFullException) {
            return new JournalOpenException(
                    JournalOpenException.Reason.UNUSABLE, "journal " + directory + ": " + cause.getMessage(), cause);
        }
        return new JournalOpenException(
                JournalOpenException.Reason.UNUSABLE, "journal " + directory + " cannot be used: " + cause, cause);
    }

    public JournalConfiguration configuration() {
        return configuration;
    }

    /** What else is kept in the same directory goes through this. */
    public FileLayer files() {
        return files;
    }

    public SegmentedLog log() {
        return log;
    }

    /** Once: the journal is written from now on. */
    public void start(Consumer<IOException> onFailure) {
        if (configuration.scrubBytesPerSecond() > 0) {
            log.scrub(configuration.scrubBytesPerSecond());
        }
        log.start(onFailure);
    }

    /** True while more bytes wait for the disk than the soft limit, or it is full. Any thread may ask. */
    public boolean isCongested() {
        return isCongested(log, configuration);
    }

    static boolean isCongested(SegmentedLog log, JournalConfiguration configuration) {
        DiskSpace space = log.space();
        return space.isFull()
                || log.pendingBytes() > Math.min(configuration.pendingBytesSoftMax(), space.intakeRoomBytes() / 2);
    }

    /** Cheap enough for any thread at any time. */
    public JournalStatistics statistics() {
        WriterCounters counters = log.counters();
        return new JournalStatistics(
                counters.records(),
                counters.batches(),
                counters.bytesWritten(),
                log.pendingBytes(),
                counters.segments(),
                counters.segmentBytes(),
                counters.liveBytes(),
                counters.recordsMoved(),
                counters.segmentWaits(),
                log.space().isFull(),
                log.space().segmentsLeft(),
                counters.damages());
    }

    /** Once: makes durable what was appended, then ends. Nothing may be appended any more. Blocks. */
    public void close() {
        if (log.close()) {
            release(lock);
        } else {
            warnOfLock();
        }
    }

    /** The same, where something else of the same directory is still being written: nobody else may open it before this process ends. */
    public void closeLocked() {
        log.close();
        warnOfLock();
    }

    private void warnOfLock() {
        LOG.warn(
                "Journal {} stays locked until this process ends: its files are still being worked on",
                configuration.directory());
    }

    static void release(@Nullable DirectoryLock lock) {
        if (lock == null) {
            return;
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("Journal lock could not be released", e);
        }
    }
}
