package dev.godwit.broker.health;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices event loops that do not turn: gives each a task now and then, never a second one before the first is done. Owned by
 * the loop of the {@link HealthPort}; the loops that it watches only tell when they have turned.
 */
final class LoopPulse {
    private static final Logger log = LoggerFactory.getLogger(LoopPulse.class);
    private static final long SILENCE_MILLIS_MAX = 5_000;
    private static final long NOTHING_ASKED = Long.MIN_VALUE;

    private record Watched(EventLoop loop, AtomicLong askedAtNanos) {}

    private final Clock clock;
    private final List<Watched> watched;

    LoopPulse(List<? extends EventLoop> loops, Clock clock) {
        this.clock = clock;
        watched = loops.stream()
                .map(loop -> new Watched(loop, new AtomicLong(NOTHING_ASKED)))
                .toList();
    }

    /** Asks those that have answered. */
    void beat() {
        for (var each : watched) {
            if (each.askedAtNanos().compareAndSet(NOTHING_ASKED, clock.nanoTime())) {
                ask(each);
            }
        }
    }

    private static void ask(Watched each) {
        try {
            each.loop().execute(() -> each.askedAtNanos().set(NOTHING_ASKED));
        } catch (RejectedExecutionException ended) {
            log.debug("an event loop has ended, and turns no more", ended);
        }
    }

    /** What is to be said against those that have not. */
    List<String> objections() {
        var objections = new ArrayList<String>();
        IntStream.range(0, watched.size()).forEach(number -> {
            long asked = watched.get(number).askedAtNanos().get();
            long silentMillis = asked == NOTHING_ASKED ? 0 : TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - asked);
            if (silentMillis >= SILENCE_MILLIS_MAX) {
                objections.add("event loop " + number + " has not turned for " + silentMillis / 1_000 + " s");
            }
        });
        return objections;
    }
}
