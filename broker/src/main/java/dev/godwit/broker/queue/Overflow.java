package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a queue which may hold only so much does not hold more: a consumer that stands still must not use up what
 * all others need. The oldest messages that nobody has make room; when what consumers have is too much by itself, they are
 * given no more until they settle some. Costs a queue without limits next to nothing. Owned by the queue's loop; lives as
 * long as the queue.
 */
final class Overflow {
    private static final Logger log = LoggerFactory.getLogger(Overflow.class);
    private static final long LOG_PERIOD_MILLIS = 60_000;

    /** What the queue does for it. */
    interface Crowded {
        /** Drops the oldest message that nobody has; false when there is none. */
        boolean dropOldest();

        /** Consumers may be given messages again. */
        void onRelieved();

        /** Messages were dropped, and the consumers have to leave for that. */
        void detachConsumers();
    }

    private final String queueName;
    private final EventLoop owner;
    private final Clock clock;
    private final Crowded queue;
    private final HeldSizes sizes;
    private final HeldBytes memory = new HeldBytes();
    private final HeldBytes disk = new HeldBytes();
    private @Nullable HoldingLimits limits;
    private boolean consumersHaveAll;
    private long droppedUnlogged;
    private long nextLogMillis;

    Overflow(String queueName, EventLoop owner, Clock clock, Crowded queue, HeldSizes sizes) {
        this.sizes = sizes;
        this.queueName = queueName;
        this.owner = owner;
        this.clock = clock;
        this.queue = queue;
    }

    /** From now on; for a queue that holds nothing yet. */
    void bound(HoldingLimits newLimits) {
        limits = newLimits;
        memory.bound(newLimits.memoryBytesMax(), newLimits.memory());
        disk.bound(newLimits.diskBytesMax(), newLimits.disk());
        newLimits.memory().join(this);
        newLimits.disk().join(this);
    }

    /** What is still here is on its way out. */
    void onQueueDeleted() {
        if (limits != null) {
            limits.memory().leave(this);
            limits.disk().leave(this);
        }
    }

    /** The queue's messages take so much more in memory, or less. */
    void addInMemory(long bytes) {
        memory.add(bytes);
        if (bytes < 0) {
            relieve();
        }
    }

    /** A message has come. */
    void onCame(QueueEntry entry) {
        sizes.onCame(entry.heldBytes());
        var large = entry.large();
        if (large != null && limits != null) {
            disk.add(large.encodedBytes());
        }
    }

    /** A message that had come is gone. */
    void onWent(QueueEntry entry) {
        sizes.onWent(entry.heldBytes());
        var large = entry.large();
        if (large != null && limits != null) {
            disk.add(-large.encodedBytes());
            relieve();
        }
    }

    private void relieve() {
        if (consumersHaveAll && !isExceeded()) {
            consumersHaveAll = false;
            queue.onRelieved();
        }
    }

    /** True when consumers may be given more than they have. */
    boolean mayGiveOut() {
        relieve();
        return !consumersHaveAll;
    }

    /** Why nothing is given out; null when this is not the reason. */
    @Nullable
    Obstacle obstacle() {
        return consumersHaveAll && isExceeded()
                ? Obstacle.of(
                        WaitingReason.CONSUMERS_HOLD_ALL,
                        "what consumers have not settled takes all the room that this subscription may use")
                : null;
    }

    private boolean isExceeded() {
        return memory.isExceeded() || disk.isExceeded();
    }

    /** Drops what is too much. Once consumers had their chance. */
    void makeRoom() {
        if (limits == null) {
            return;
        }
        drop(limits);
        if (memory.isRoomShort()) {
            limits.memory().askOthers(clock);
        }
        if (disk.isRoomShort()) {
            limits.disk().askOthers(clock);
        }
    }

    /** There is not enough for all. Any loop may say so. */
    void makeRoomForOthers() {
        owner.execute(() -> {
            if (limits != null) {
                drop(limits);
            }
        });
    }

    private void drop(HoldingLimits held) {
        long dropped = 0;
        boolean exceeded = isExceeded();
        while (exceeded && queue.dropOldest()) {
            dropped++;
            exceeded = isExceeded();
        }
        consumersHaveAll = exceeded;
        if (dropped > 0) {
            report(dropped, held);
            if (held.detachesConsumers()) {
                queue.detachConsumers();
            }
        }
    }

    private void report(long dropped, HoldingLimits held) {
        droppedUnlogged += dropped;
        if (clock.nowMillis() >= nextLogMillis) {
            log.warn(
                    "queue {}: nobody keeps up with it, so {} messages were dropped lately; it may hold {} bytes in memory"
                            + " and {} on the disk, or less while others hold much",
                    queueName,
                    droppedUnlogged,
                    held.memoryBytesMax(),
                    held.diskBytesMax());
            droppedUnlogged = 0;
            nextLogMillis = clock.nowMillis() + LOG_PERIOD_MILLIS;
        }
    }
}
