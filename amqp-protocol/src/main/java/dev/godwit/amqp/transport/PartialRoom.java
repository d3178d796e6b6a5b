package dev.godwit.amqp.transport;

import java.util.concurrent.atomic.LongAdder;

/**
 * The room for messages of which not all frames have come, on all connections together. When it is full, each connection
 * that has such messages may have an equal share. Shared by all loops of a server; messages of one frame do not touch it.
 */
final class PartialRoom {
    private final long bytesMax;
    private final LongAdder bytes = new LongAdder();

    /** Connections that have any. */
    private final LongAdder holders = new LongAdder();

    PartialRoom(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** One connection has more, or less. */
    void onChanged(long bytesBefore, long bytesNow) {
        bytes.add(bytesNow - bytesBefore);
        if (bytesBefore == 0 && bytesNow > 0) {
            holders.increment();
        } else if (bytesBefore > 0 && bytesNow == 0) {
            holders.decrement();
        }
    }

    /** Whether one connection may have so much. */
    boolean isEnoughFor(long connectionBytes) {
        return bytes.sum() <= bytesMax || connectionBytes <= bytesMax / Math.max(1, holders.sum());
    }

    long bytes() {
        return bytes.sum();
    }
}
