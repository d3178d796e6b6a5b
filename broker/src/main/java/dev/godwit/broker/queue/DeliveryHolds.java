package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.WallClockTimer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long consumers of one queue may have a message: when its lock runs out it goes back, and a consumer that has one for
 * too long has to go. Costs a queue without either next to nothing. Owned by the queue's loop; lives as long as the queue.
 */
final class DeliveryHolds {
    private static final Logger log = LoggerFactory.getLogger(DeliveryHolds.class);
    private static final long LOG_PERIOD_MILLIS = 60_000;
    private static final long CHECK_MILLIS_MIN = 1;

    /** Messages that are taken away in one go before other work of the loop gets its turn. */
    static final int TAKEN_MAX = 1_000;

    private final MessageQueue queue;
    private final Clock clock;
    private final HoldHeap heap = new HoldHeap();
    private final Map<LockToken, DeliveryHold> locks = new HashMap<>();

    private final LockNames names = new LockNames();
    private long lockMillis;
    private long timeoutMillis;

    private final WallClockTimer timer;
    private long locksLostUnlogged;
    private long nextLockLogMillis;
    private long timeoutsUnlogged;
    private long nextTimeoutLogMillis;

    DeliveryHolds(MessageQueue queue, Clock clock) {
        this.queue = queue;
        this.clock = clock;
        this.timer = new WallClockTimer(queue.owner(), clock, this::onTime);
    }

    /** What holds for deliveries from now on. */
    void apply(AddressSettings settings) {
        lockMillis = settings.get(AddressSetting.LOCK_DURATION);
        timeoutMillis = settings.get(AddressSetting.CONSUMER_TIMEOUT);
    }

    /** How many are bounded now. */
    int size() {
        return heap.size();
    }

    /** A consumer has been given the message just now. */
    void onGiven(QueueEntry entry) {
        if (lockMillis == 0 && timeoutMillis == 0) {
            return;
        }
        var consumer = entry.holder;
        if (consumer != null && consumer.port().settlesWhatItSends()) {
            return;
        }
        long nowMillis = clock.nowMillis();
        var hold = new DeliveryHold(
                this,
                entry,
                lockMillis == 0 ? null : names.next(),
                nowMillis,
                endMillis(nowMillis, lockMillis),
                endMillis(nowMillis, timeoutMillis));
        entry.holdFor(hold);
        begin(hold);
    }

    private void begin(DeliveryHold hold) {
        if (hold.dueMillis() == DeliveryHold.NEVER) {
            return;
        }
        heap.add(hold);
        var token = hold.token();
        if (token != null) {
            locks.put(token, hold);
        }
        armTimer();
    }

    private static long endMillis(long nowMillis, long durationMillis) {
        return durationMillis == 0 ? DeliveryHold.NEVER : nowMillis + durationMillis;
    }

    /** The consumer has settled it, or left, or it was taken away. */
    void onLetGo(DeliveryHold hold) {
        heap.remove(hold);
        var token = hold.token();
        if (token != null) {
            locks.remove(token);
        }
    }

    /**
     * Consumers ask for more time: each lock runs for as long as one that is given now.
     *
     * @return until when each of them runs; null when one of them is not there any more, and then none is renewed
     */
    long @Nullable [] renew(List<LockToken> tokens) {
        long nowMillis = clock.nowMillis();
        for (var token : tokens) {
            var hold = locks.get(token);
            if (hold == null || hold.lockedUntilMillis() <= nowMillis) {
                return null;
            }
        }
        var untilMillis = new long[tokens.size()];
        for (int i = 0; i < untilMillis.length; i++) {
            untilMillis[i] = renew(locks.get(tokens.get(i)), nowMillis);
        }
        armTimer();
        return untilMillis;
    }

    /** A lock is never shortened: where none are given any more it runs on as it is. */
    private long renew(@Nullable DeliveryHold hold, long nowMillis) {
        if (hold == null) {
            throw new IllegalStateException("queue " + queue.name() + " has lost a lock while it was renewed");
        }
        hold.lockUntil(Math.max(hold.lockedUntilMillis(), nowMillis + lockMillis));
        heap.move(hold);
        return hold.lockedUntilMillis();
    }

    /** The consumer had settled it in a transaction that was rolled back, and has it again: its time begins anew. */
    void onHeldAgain(DeliveryHold hold) {
        long nowMillis = clock.nowMillis();
        hold.restart(nowMillis, endMillis(nowMillis, lockMillis), endMillis(nowMillis, timeoutMillis));
        begin(hold);
    }

    private void armTimer() {
        var first = heap.first();
        if (first != null) {
            timer.set(first.dueMillis(), CHECK_MILLIS_MIN);
        }
    }

    private void onTime() {
        long nowMillis = clock.nowMillis();
        try {
            for (int taken = 0; taken < TAKEN_MAX; taken++) {
                var first = heap.first();
                if (first == null || first.dueMillis() > nowMillis) {
                    break;
                }
                end(first, nowMillis);
            }
        } finally {
            // A consumer that fails takes none of the others along.
            armTimer();
        }
    }

    private void end(DeliveryHold hold, long nowMillis) {
        if (hold.endsByTimeout()) {
            long heldMillis = nowMillis - hold.sinceMillis();
            queue.settlements().takeAway(hold.entry(), HoldEnd.CONSUMER_TIMEOUT, heldMillis);
            reportTimeout(heldMillis, nowMillis);
        } else {
            queue.settlements().takeAway(hold.entry(), HoldEnd.LOCK_LOST, nowMillis - hold.sinceMillis());
            reportLost(nowMillis);
        }
    }

    private void reportTimeout(long heldMillis, long nowMillis) {
        timeoutsUnlogged++;
        if (nowMillis >= nextTimeoutLogMillis) {
            log.warn(
                    "queue {}: slow consumer: {} messages were not settled in time lately, the last one had been out for"
                            + " {} ms; their consumers are detached",
                    queue.name(),
                    timeoutsUnlogged,
                    heldMillis);
            timeoutsUnlogged = 0;
            nextTimeoutLogMillis = nowMillis + LOG_PERIOD_MILLIS;
        }
    }

    private void reportLost(long nowMillis) {
        locksLostUnlogged++;
        if (nowMillis >= nextLockLogMillis) {
            log.info(
                    "queue {}: {} messages went back lately because their locks ran out before they were settled",
                    queue.name(),
                    locksLostUnlogged);
            locksLostUnlogged = 0;
            nextLockLogMillis = nowMillis + LOG_PERIOD_MILLIS;
        }
    }
}
