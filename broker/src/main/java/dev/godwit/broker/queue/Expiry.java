package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.WallClockTimer;
import java.util.Comparator;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When messages with a time to live run out, wherever they stand in the queue (AMQP 1.0 §3.2.1). Costs nothing for
 * messages without one. Owned by the queue's loop.
 *
 * <p>Messages in line are known by their sequence numbers. One that leaves the line stays in {@link #inLine} until its time
 * comes, or until there are more of its like than of others.
 */
final class Expiry {
    private static final Logger log = LoggerFactory.getLogger(Expiry.class);
    private static final long CHECK_MILLIS_MIN = 10;

    /** How long those wait for which there is no room where they go. */
    private static final long CROWDED_MILLIS = 1_000;

    /** Messages that expire in one go before other work of the loop gets its turn. */
    private static final int EXPIRED_MAX = 10_000;

    private static final int STALE_MIN = 1_024;
    private static final Comparator<QueueEntry> BY_TIME =
            Comparator.comparingLong(QueueEntry::expiryTimeMillis).thenComparingLong(QueueEntry::sequence);

    /** What expires. */
    interface Expiring {
        /** True for a message that was never given out and is still here. */
        boolean isInLine(long sequence);

        void onExpiredInLine(long sequence);

        void onExpired(QueueEntry returned);

        /** So many more may expire before others of them are gone. */
        int roomForExpired();
    }

    private ExpiryHeap inLine = new ExpiryHeap();
    private final TreeSet<QueueEntry> returned = new TreeSet<>(BY_TIME);
    private final String queueName;
    private final Clock clock;
    private final Expiring queue;

    /** Nothing that comes lives longer; 0 for no limit. */
    private long longestMillis;

    /** How many {@link #inLine} have left the line. */
    private int stale;

    private final WallClockTimer timer;

    Expiry(String queueName, EventLoop owner, Clock clock, Expiring queue) {
        this.queueName = queueName;
        this.clock = clock;
        this.queue = queue;
        this.timer = new WallClockTimer(owner, clock, this::onTime);
    }

    /** What holds for messages that come from now on. */
    void apply(AddressSettings settings) {
        longestMillis = settings.get(AddressSetting.MESSAGE_TTL);
    }

    /**
     * A producer has sent the message: it lives no longer than messages may. One that is scheduled lives so long from its
     * time on. What the broker itself brings, dead letters for example, is left as it is: it would go around in a circle.
     */
    void bound(QueueEntry arrived) {
        if (longestMillis > 0 && !arrived.isTransfer()) {
            long fromMillis = Math.max(clock.nowMillis(), arrived.notBeforeMillis());
            if (fromMillis < QueueEntry.NEVER_EXPIRES - longestMillis) {
                arrived.expireAtLatest(fromMillis + longestMillis);
            }
        }
    }

    /** What the journal held when the broker started came in line. For an empty line, once. */
    void restore(ExpiryHeap stored) {
        inLine = stored;
        armTimer();
    }

    /** A message came in line. */
    void onLinedUp(long sequence, long expiryTimeMillis) {
        if (expiryTimeMillis != QueueEntry.NEVER_EXPIRES) {
            inLine.add(expiryTimeMillis, sequence);
            armTimer();
        }
    }

    /** It left the line, not because it expired. */
    void onLeftLine(QueueEntry entry) {
        if (entry.mayExpire()) {
            stale++;
            if (stale > STALE_MIN && stale > inLine.size() / 2) {
                inLine.retain(queue::isInLine);
                stale = 0;
            }
        }
    }

    void onReturned(QueueEntry entry) {
        if (entry.mayExpire()) {
            returned.add(entry);
            armTimer();
        }
    }

    void onLeftReturned(QueueEntry entry) {
        if (entry.mayExpire()) {
            returned.remove(entry);
        }
    }

    private void armTimer() {
        armTimer(CHECK_MILLIS_MIN);
    }

    private void armTimer(long delayMinMillis) {
        long nextMillis = nextMillis();
        if (nextMillis != QueueEntry.NEVER_EXPIRES) {
            timer.set(nextMillis, delayMinMillis);
        }
    }

    private long nextMillis() {
        long first = inLine.isEmpty() ? QueueEntry.NEVER_EXPIRES : inLine.firstTimeMillis();
        return returned.isEmpty() ? first : Math.min(first, returned.first().expiryTimeMillis());
    }

    private void onTime() {
        long nowMillis = clock.nowMillis();
        int expiredMax = Math.min(EXPIRED_MAX, queue.roomForExpired());
        int seen = 0;
        int expired = 0;
        while (seen < expiredMax && !inLine.isEmpty() && inLine.firstTimeMillis() <= nowMillis) {
            long sequence = inLine.removeFirst();
            if (queue.isInLine(sequence)) {
                queue.onExpiredInLine(sequence);
                expired++;
            } else {
                stale = Math.max(0, stale - 1);
            }
            seen++;
        }
        while (seen < expiredMax && !returned.isEmpty() && returned.first().isExpired(nowMillis)) {
            queue.onExpired(returned.pollFirst());
            expired++;
            seen++;
        }
        if (expired > 0) {
            log.info("queue {}: {} messages expired", queueName, expired);
        }
        armTimer(expiredMax == 0 ? CROWDED_MILLIS : CHECK_MILLIS_MIN);
    }

    void stop() {
        timer.stop();
        inLine.retain(sequence -> false);
        returned.clear();
    }
}
