package dev.godwit.broker.address;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.runtime.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One line for dead letters, at most once a second, with how many there were: a consumer that rejects everything does not
 * fill the disk with logs. Owned by one loop.
 */
final class DeadLetterLog {
    private static final Logger log = LoggerFactory.getLogger(DeadLetterLog.class);
    private static final long INTERVAL_MILLIS = 1_000;
    private static final int REASON_MAX = 300;

    private final Clock clock;
    private final Level level;
    private long lastMillis = Long.MIN_VALUE;
    private long sinceLast;

    DeadLetterLog(Clock clock, Level level) {
        this.clock = clock;
        this.level = level;
    }

    /**
     * Counts one message, and perhaps says so.
     *
     * @param what which message
     * @param whereTo the end of that sentence
     */
    void add(String queue, String what, String whereTo, @Nullable ErrorCondition error) {
        sinceLast++;
        long nowMillis = clock.nowMillis();
        if (nowMillis < lastMillis + INTERVAL_MILLIS && nowMillis >= lastMillis) {
            return;
        }
        log.atLevel(level)
                .log("queue {}: {} {}: {} ({} since the last such line)", queue, what, whereTo, why(error), sinceLast);
        lastMillis = nowMillis;
        sinceLast = 0;
    }

    /** What a consumer chose the words of may not write lines of its own into our log. */
    private static String why(@Nullable ErrorCondition error) {
        if (error == null) {
            return "no reason given";
        }
        var reason = error.condition() + " " + error.description();
        return (reason.length() > REASON_MAX ? reason.substring(0, REASON_MAX) + "…" : reason)
                .replaceAll("\\p{Cntrl}", "?");
    }
}
