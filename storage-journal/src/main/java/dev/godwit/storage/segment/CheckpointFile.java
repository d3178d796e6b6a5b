package dev.godwit.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint on its way to the disk: the writer thread gives it one slice after the other, and the checkpoint thread
 * writes them. It gets its name when all of it is on stable storage. When it fails, the journal goes on without it.
 */
final class CheckpointFile {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);
    private static final int SLICES_WAITING_MAX = 4;

    /** Written pages are sent to the disk as they gather, so that the end is no burst. */
    private static final long SYNC_BYTES = 8L * 1024 * 1024;

    private final FileLayer files;
    private final Executor checkpointing;
    private final Runnable onProgress;
    private final Consumer<IOException> onFailure;
    private final long sequence;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** Of the checkpoint thread. */
    private @Nullable GrowingFile file;

    private long bytesNotSynced;

    private volatile boolean failed;
    private volatile boolean ended;

    /**
     * @param onProgress called on the checkpoint thread after each slice
     * @param onFailure told when the directory could not be synced
     */
    CheckpointFile(
            FileLayer files,
            Executor checkpointing,
            Runnable onProgress,
            Consumer<IOException> onFailure,
            long sequence) {
        this.files = files;
        this.checkpointing = checkpointing;
        this.onProgress = onProgress;
        this.onFailure = onFailure;
        this.sequence = sequence;
    }

    private interface FileTask {
        void run() throws IOException;
    }

    /** The file is named and safe, or given up. */
    boolean isEnded() {
        return ended;
    }

    /** Takes no more slices: it could not be written. */
    boolean isFailed() {
        return failed;
    }

    /** Whether another slice may be given now. */
    boolean isWritable() {
        return waiting.get() < SLICES_WAITING_MAX;
    }

    long bytes() {
        return bytes.get();
    }

    void append(ByteBuffer slice) {
        bytes.getAndAdd(slice.remaining());
        submit(() -> {
            GrowingFile known = file;
            if (known == null) {
                known = files.create(CheckpointFiles.unfinishedName(sequence));
                file = known;
            }
            bytesNotSynced += slice.remaining();
            known.append(slice);
            if (bytesNotSynced >= SYNC_BYTES) {
                known.sync();
                bytesNotSynced = 0;
            }
        });
    }

    /** All slices have been given. */
    void finish() {
        submit(() -> {
            GrowingFile whole = file;
            if (whole != null) {
                whole.sync();
                whole.close();
                file = null;
                files.rename(CheckpointFiles.unfinishedName(sequence), CheckpointFiles.name(sequence));
                syncDirectory();
                CheckpointFiles.deleteOld(files, null);
            }
            ended = true;
        });
    }

    /** A failed sync is told of once: the next one may succeed although names that others gave are lost. */
    private void syncDirectory() throws IOException {
        try {
            files.syncDirectory();
        } catch (DiskFullException e) {
            throw e;
        } catch (IOException e) {
            onFailure.accept(e);
            throw e;
        }
    }

    private void submit(FileTask task) {
        waiting.incrementAndGet();
        try {
            checkpointing.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            failed = true;
            ended = true;
        }
    }

    private void run(FileTask task) {
        try {
            if (!failed) {
                task.run();
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("Journal goes on without a checkpoint that could not be written; the next start takes longer", e);
            giveUp();
        } finally {
            waiting.decrementAndGet();
            onProgress.run();
        }
    }

    private void giveUp() {
        failed = true;
        ended = true;
        try {
            GrowingFile unfinished = file;
            file = null;
            if (unfinished != null) {
                unfinished.close();
                files.delete(CheckpointFiles.unfinishedName(sequence));
            }
        } catch (IOException e) {
            LOG.debug("An unfinished checkpoint stays until the next one", e);
        }
    }
}
