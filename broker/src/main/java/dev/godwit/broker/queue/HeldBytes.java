package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the messages of one queue take in memory, and how much that may be: a consumer that stands still must not use up
 * what all others need. Owned by the queue's loop.
 */
final class HeldBytes {
    private static final Logger log = LoggerFactory.getLogger(HeldBytes.class);
    private static final long LOG_PERIOD_MILLIS = 60_000;

    private final String queue;
    private final Clock clock;
    private long bytes;
    private long bytesMax = Long.MAX_VALUE;
    private long droppedUnlogged;
    private long nextLogMillis;

    HeldBytes(String queue, Clock clock) {
        this.queue = queue;
        this.clock = clock;
    }

    void bound(long newBytesMax) {
        bytesMax = newBytesMax;
    }

    void add(long addedBytes) {
        bytes += addedBytes;
    }

    boolean isExceeded() {
        return bytes > bytesMax;
    }

    /** So many messages had to make room. */
    void onDropped(long messages) {
        droppedUnlogged += messages;
        if (clock.nowMillis() >= nextLogMillis) {
            log.warn(
                    "queue {}: nobody keeps up with it, so {} messages were dropped lately; it may hold {} bytes",
                    queue,
                    droppedUnlogged,
                    bytesMax);
            droppedUnlogged = 0;
            nextLogMillis = clock.nowMillis() + LOG_PERIOD_MILLIS;
        }
    }
}
