package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gives a queue's messages to its consumers: those that came back first, each to the next consumer with credit that may
 * have it. Sees to it that what will be wanted next is read from the disk before. Owned by the queue's loop.
 */
final class Dispatch {
    /** Messages given out in one go before other work of the loop gets its turn. */
    static final int ROUND_MAX = 1_000;

    private final FreshLine line;
    private final ReturnedEntries returned;
    private final Expiry expiry;
    private final QueueCounters counters;
    private final MessageMemory memory;
    private final Clock clock;
    private final Consumer<QueueEntry> expired;
    private final ConsumerRotation rotation = new ConsumerRotation();
    private final List<QueueConsumer> draining = new ArrayList<>();
    private boolean running;

    /** @param expired takes a message whose time had come when it should have been given out */
    Dispatch(
            FreshLine line,
            ReturnedEntries returned,
            Expiry expiry,
            QueueCounters counters,
            MessageMemory memory,
            Clock clock,
            Consumer<QueueEntry> expired) {
        this.line = line;
        this.returned = returned;
        this.expiry = expiry;
        this.counters = counters;
        this.memory = memory;
        this.clock = clock;
        this.expired = expired;
    }

    /** True within {@link #run}: a consumer on this loop is being given a message just now. */
    boolean isRunning() {
        return running;
    }

    /** True when some consumer waits with credit. */
    boolean hasTakers() {
        return !rotation.isEmpty();
    }

    int takers() {
        return rotation.size();
    }

    /** The consumer takes part from now on if it has credit. */
    void offer(QueueConsumer consumer) {
        rotation.offer(consumer);
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        rotation.remove(consumer);
        if (consumer.draining) {
            draining.remove(consumer);
        }
    }

    /** Gives the consumer all there is within its credit, and tells it of the end: now, or when that has been read. */
    void drain(QueueConsumer consumer) {
        rotation.offer(consumer);
        if (!consumer.draining) {
            consumer.draining = true;
            draining.add(consumer);
        }
        while (consumer.hasCredit() && run() > 0) {
            // Another consumer may have been served; go on until nothing moves.
        }
        endDrains();
    }

    /**
     * Tells those whose drain is done: no credit is left, or no message, also none that has yet to be read. Who is told
     * may drain again at once, or leave, and come back here: nothing is touched any more when the first one hears of it.
     */
    void endDrains() {
        if (draining.isEmpty()) {
            return;
        }
        var done = new ArrayList<QueueConsumer>();
        for (int i = draining.size() - 1; i >= 0; i--) {
            var consumer = draining.get(i);
            if (consumer.hasCredit() && (!line.isEmpty() || returned.hasFor(consumer))) {
                continue;
            }
            draining.remove(i);
            consumer.draining = false;
            consumer.spendCredit();
            done.add(consumer);
        }
        tellDrained(done);
    }

    /** One that fails takes none of the others along. */
    private static void tellDrained(List<QueueConsumer> done) {
        RuntimeException failure = null;
        for (var consumer : done) {
            if (consumer.isGone()) {
                continue;
            }
            try {
                consumer.port().onDrained();
            } catch (RuntimeException failed) {
                failure = failed;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Gives out what may be given out, at most {@link #ROUND_MAX} messages; returns how many. */
    int run() {
        if (rotation.isEmpty()) {
            return 0;
        }
        running = true;
        try {
            return giveOut();
        } finally {
            running = false;
        }
    }

    private int giveOut() {
        int count = 0;
        long nowMillis = clock.nowMillis();
        for (var left = returned.iterator(); left.hasNext() && !rotation.isEmpty() && count < ROUND_MAX; ) {
            var entry = left.next();
            if (!entry.isAtHand()) {
                if (rotation.hasTakerFor(entry)) {
                    // Whatever is younger waits until this one has been read.
                    returned.readFrom(entry);
                    return count;
                }
                continue;
            }
            var consumer = rotation.takeFor(entry);
            if (consumer != null) {
                left.remove();
                expiry.onLeftReturned(entry);
                give(entry, consumer, nowMillis);
                count++;
            }
        }
        while (!rotation.isEmpty() && count < ROUND_MAX) {
            var entry = line.peek();
            if (entry == null) {
                break;
            }
            var consumer = rotation.takeFor(entry);
            if (consumer == null) {
                break;
            }
            line.removePeeked(entry);
            expiry.onLeftLine(entry);
            give(entry, consumer, nowMillis);
            count++;
        }
        if (!line.isEmpty() && (count > 0 || !rotation.isEmpty())) {
            line.readAhead();
        }
        return count;
    }

    private void give(QueueEntry entry, QueueConsumer consumer, long nowMillis) {
        if (entry.isExpired(nowMillis)) {
            expired.accept(entry);
        } else {
            counters.onAcquired();
            entry.acquiredBy(consumer);
            entry.count(memory, entry.acquiredBytes());
            consumer.port().onMessage(entry);
        }
        rotation.offer(consumer);
    }
}
