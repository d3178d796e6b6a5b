package dev.godwit.broker.queue;

import java.util.concurrent.atomic.LongAdder;

/** Bytes of messages that the broker's queues hold in memory. Every loop adds; the control loop looks now and then. */
public final class MessageMemory {
    private final LongAdder bytes = new LongAdder();
    private final long bytesMax;

    public MessageMemory(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    void add(long messageBytes) {
        bytes.add(messageBytes);
    }

    void subtract(long messageBytes) {
        bytes.add(-messageBytes);
    }

    public long bytes() {
        return bytes.sum();
    }

    public long bytesMax() {
        return bytesMax;
    }

    public boolean isExhausted() {
        return bytes.sum() > bytesMax;
    }
}
