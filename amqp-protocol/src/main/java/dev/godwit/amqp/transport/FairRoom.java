package dev.godwit.amqp.transport;

import java.util.concurrent.atomic.LongAdder;

/**
 * Room for what peers make us hold, on all connections together. When it is full, each connection that holds any of it may
 * have an equal share. Shared by all loops of a server.
 */
final class FairRoom {
    private final long max;
    private final LongAdder held = new LongAdder();

    /** Connections that hold any. */
    private final LongAdder holders = new LongAdder();

    FairRoom(long max) {
        this.max = max;
    }

    /** One connection holds more, or less. */
    void onChanged(long before, long now) {
        held.add(now - before);
        if (before == 0 && now > 0) {
            holders.increment();
        } else if (before > 0 && now == 0) {
            holders.decrement();
        }
    }

    /** Whether one connection may hold so much. */
    boolean isEnoughFor(long amount) {
        return held.sum() <= max || amount <= max / Math.max(1, holders.sum());
    }

    long held() {
        return held.sum();
    }
}
