package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When messages with a time to live run out, wherever they stand in the queue (AMQP 1.0 §3.2.1). Costs nothing for
 * messages without one. Owned by the queue's loop.
 */
final class Expiry {
    private static final Logger log = LoggerFactory.getLogger(Expiry.class);
    private static final long CHECK_MILLIS_MIN = 10;
    private static final long CHECK_MILLIS_MAX = 60_000;
    private static final Comparator<QueueEntry> BY_TIME = Comparator.comparingLong(
                    (QueueEntry entry) -> entry.message().expiryTimeMillis())
            .thenComparingLong(QueueEntry::sequence);

    private final TreeSet<QueueEntry> byTime = new TreeSet<>(BY_TIME);
    private final String queueName;
    private final EventLoop owner;
    private final Clock clock;
    private final Consumer<QueueEntry> onExpired;
    private EventLoop.@Nullable Timer timer;
    private long timerDueMillis;

    Expiry(String queueName, EventLoop owner, Clock clock, Consumer<QueueEntry> onExpired) {
        this.queueName = queueName;
        this.owner = owner;
        this.clock = clock;
        this.onExpired = onExpired;
    }

    void watch(QueueEntry entry) {
        if (entry.message().mayExpire()) {
            byTime.add(entry);
            armTimer();
        }
    }

    void forget(QueueEntry entry) {
        if (entry.message().mayExpire()) {
            byTime.remove(entry);
        }
    }

    private void armTimer() {
        if (byTime.isEmpty()) {
            return;
        }
        long nowMillis = clock.nowMillis();
        // A wall clock may jump: look again after a minute at the latest.
        long delayMillis = Math.min(
                CHECK_MILLIS_MAX,
                Math.max(CHECK_MILLIS_MIN, byTime.first().message().expiryTimeMillis() - nowMillis));
        long dueMillis = nowMillis + delayMillis;
        if (timer != null) {
            if (timerDueMillis <= dueMillis) {
                return;
            }
            timer.cancel();
        }
        timerDueMillis = dueMillis;
        timer = owner.schedule(delayMillis, this::onTimer);
    }

    private void onTimer() {
        timer = null;
        long nowMillis = clock.nowMillis();
        int expired = 0;
        while (!byTime.isEmpty() && byTime.first().message().isExpired(nowMillis)) {
            onExpired.accept(byTime.pollFirst());
            expired++;
        }
        if (expired > 0) {
            log.info("queue {}: {} messages expired", queueName, expired);
        }
        armTimer();
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        byTime.clear();
    }
}
