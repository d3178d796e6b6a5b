package dev.godwit.broker;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether the journal holds as much as it may, or leaves less of the disk than it is to. Once it does, it does until
 * there is a twentieth less, or more, than the limit. Asked by the control loop; what is free is asked now and then on a
 * thread of its own, for a disk may take its time to answer. Lives as long as this node serves.
 */
final class DiskLimit implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DiskLimit.class);
    private static final long LOOK_MILLIS = 500;

    /** The part of a limit that must be free again. */
    private static final int ROOM_PART = 20;

    private final LongSupplier liveBytes;
    private final long bytesMax;
    private final long freeBytesMin;
    private boolean holdsTooMuch;
    private volatile boolean leavesTooLittle;
    private @Nullable ScheduledExecutorService thread;

    /** Owned by that thread: the log has been told. */
    private boolean unanswered;

    /**
     * @param liveBytes of records that the journal needs; any thread may ask
     * @param bytesMax how many these may be; 0 for any number
     */
    DiskLimit(LongSupplier liveBytes, long bytesMax, long freeBytesMin) {
        this.liveBytes = liveBytes;
        this.bytesMax = bytesMax;
        this.freeBytesMin = freeBytesMin;
    }

    /** Looks from now on how much is free, if that matters. */
    void watch(LongSupplier freeBytes) {
        if (freeBytesMin == 0) {
            return;
        }
        onFree(freeBytes.getAsLong());
        var looking = Executors.newSingleThreadScheduledExecutor(task -> {
            var looker = new Thread(task, "godwit-disk-limit");
            looker.setDaemon(true);
            return looker;
        });
        thread = looking;
        var unused =
                looking.scheduleWithFixedDelay(() -> look(freeBytes), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look(LongSupplier freeBytes) {
        try {
            onFree(freeBytes.getAsLong());
            unanswered = false;
        } catch (RuntimeException failed) {
            if (!unanswered) {
                unanswered = true;
                log.warn("cannot ask how much of the disk is free; what was known before holds", failed);
            }
        }
    }

    /** So much of the disk is free. */
    void onFree(long bytes) {
        boolean before = leavesTooLittle;
        boolean now = bytes < (before ? freeBytesMin + freeBytesMin / ROOM_PART : freeBytesMin);
        if (now != before) {
            leavesTooLittle = now;
            log.info(
                    "{} bytes of the disk are free, {} than limits.disk-free: producers {}",
                    bytes,
                    now ? "fewer" : "more",
                    now ? "wait" : "go on");
        }
    }

    /** True while producers are to wait. */
    boolean isReached() {
        if (bytesMax > 0) {
            long bytes = liveBytes.getAsLong();
            boolean now = bytes > (holdsTooMuch ? bytesMax - bytesMax / ROOM_PART : bytesMax);
            if (now != holdsTooMuch) {
                holdsTooMuch = now;
                log.info(
                        "the journal holds {} bytes, {} than limits.disk: producers {}",
                        bytes,
                        now ? "more" : "fewer",
                        now ? "wait" : "go on");
            }
        }
        return holdsTooMuch || leavesTooLittle;
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
