package dev.godwit.broker.health;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Notices that the journal's writer has something to write and writes nothing, as when a disk answers no more. A full disk is
 * no such case. Owned by the loop of the {@link HealthPort}.
 */
final class JournalPulse {
    private static final long SILENCE_MILLIS_MAX = 10_000;

    private final Supplier<JournalStatistics> statistics;
    private final Clock clock;
    private long batches = -1;
    private long sinceNanos;

    JournalPulse(Supplier<JournalStatistics> statistics, Clock clock) {
        this.statistics = statistics;
        this.clock = clock;
    }

    void beat() {
        var now = statistics.get();
        if (now.batches() != batches || now.pendingBytes() == 0 || now.diskFull()) {
            batches = now.batches();
            sinceNanos = clock.nanoTime();
        }
    }

    List<String> objections() {
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - sinceNanos);
        return batches >= 0 && silentMillis >= SILENCE_MILLIS_MAX
                ? List.of("the journal has not written for " + silentMillis / 1_000 + " s")
                : List.of();
    }
}
