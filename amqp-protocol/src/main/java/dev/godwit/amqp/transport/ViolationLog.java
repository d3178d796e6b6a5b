package dev.godwit.amqp.transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in one WARN line what a peer did wrong, at most once a second: a flood of bad input is not a flood of logs. */
final class ViolationLog {
    private static final Logger LOG = LoggerFactory.getLogger(ViolationLog.class);
    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private final boolean quiet;
    private long lastNanos = System.nanoTime() - INTERVAL_NANOS;
    private long suppressed;
    private long count;

    /** @param quiet at DEBUG only */
    ViolationLog(boolean quiet) {
        this.quiet = quiet;
    }

    long count() {
        return count;
    }

    void warn(String remoteAddress, String reason) {
        count++;
        long now = System.nanoTime();
        if (quiet || now - lastNanos < INTERVAL_NANOS) {
            suppressed++;
            LOG.debug("{}: {}", remoteAddress, reason);
            return;
        }
        if (suppressed == 0) {
            LOG.warn("{}: {}", remoteAddress, oneLine(reason));
        } else {
            LOG.warn("{}: {} ({} more like this since the last line)", remoteAddress, oneLine(reason), suppressed);
        }
        lastNanos = now;
        suppressed = 0;
    }

    /** What a peer chose the words of may not write lines of its own into our log. */
    private static String oneLine(String reason) {
        String shortened = reason.length() > 300 ? reason.substring(0, 300) + "..." : reason;
        return shortened.replaceAll("\\p{Cntrl}", "?");
    }
}
