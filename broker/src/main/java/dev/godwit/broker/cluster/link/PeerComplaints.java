package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in one WARN line what is wrong with a peer, at most once a second, and not twice in a row for the same peer within a
 * minute: peers come again and again. Owned by the loop of the links.
 */
final class PeerComplaints {
    private static final Logger log = LoggerFactory.getLogger(PeerComplaints.class);
    private static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final long SAME_INTERVAL_NANOS = 60 * INTERVAL_NANOS;
    private static final int LENGTH_MAX = 300;

    private final Clock clock;
    private long lastNanos;
    private String lastLine = "";
    private long suppressed;
    private long count;

    PeerComplaints(Clock clock) {
        this.clock = clock;
        lastNanos = clock.nanoTime() - SAME_INTERVAL_NANOS;
    }

    void warn(String peer, String reason) {
        count++;
        String line = oneLine(peer + ": " + reason);
        long now = clock.nanoTime();
        if (now - lastNanos < (line.equals(lastLine) ? SAME_INTERVAL_NANOS : INTERVAL_NANOS)) {
            suppressed++;
            log.debug("{}", line);
            return;
        }
        if (suppressed == 0) {
            log.warn("{}", line);
        } else {
            log.warn("{} ({} more complaints since the last line)", line, suppressed);
        }
        lastNanos = now;
        lastLine = line;
        suppressed = 0;
    }

    long count() {
        return count;
    }

    /** What a peer chose the words of may not write lines of its own into our log. */
    static String oneLine(String text) {
        String shortened = text.length() > LENGTH_MAX ? text.substring(0, LENGTH_MAX) + "..." : text;
        return shortened.replaceAll("\\p{Cntrl}", "?");
    }
}
