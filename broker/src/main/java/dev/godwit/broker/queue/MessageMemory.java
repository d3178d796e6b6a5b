package dev.godwit.broker.queue;

import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes that the broker's queues take in memory: messages, entries, references. Every loop adds; the control loop looks
 * now and then.
 *
 * <p>Messages in the journal are held in memory only up to a part of the whole. So they alone never fill it, and consumers
 * always get on: what may fill it are messages that are nowhere else, and references.
 */
public final class MessageMemory {
    /** What one message costs that is only referred to: 8 bytes in its queue, 8 in storage. */
    static final long REFERENCE_BYTES = 16;

    /** The part of the whole up to which messages in the journal are held in memory, too. */
    private static final int HOT_PART = 2;

    /** The part of that which one queue may have. */
    private static final int QUEUE_PART = 4;

    /** No queue gains by holding more than this ahead of its consumers. */
    private static final long QUEUE_HOT_BYTES_MAX = 32L << 20;

    /** For what all queues together remember of producers that number what they send. */
    static final long NUMBERS_BYTES_MAX = 64L << 20;

    private final LongAdder bytes = new LongAdder();
    private final LongAdder numbersBytes = new LongAdder();
    private final long bytesMax;
    private final long hotBytesMax;

    public MessageMemory(long bytesMax) {
        this.bytesMax = bytesMax;
        this.hotBytesMax = bytesMax / HOT_PART;
    }

    void add(long addedBytes) {
        bytes.add(addedBytes);
    }

    /** So much more is remembered of producers, or less. */
    void addNumbers(long addedBytes) {
        numbersBytes.add(addedBytes);
    }

    long numbersBytes() {
        return numbersBytes.sum();
    }

    /** True when a queue should forget producers of which nothing has come for longest. */
    boolean isFullOfNumbers() {
        return numbersBytes.sum() > NUMBERS_BYTES_MAX;
    }

    public long bytes() {
        return bytes.sum();
    }

    public long bytesMax() {
        return bytesMax;
    }

    /** True when no more messages should come in. */
    public boolean isExhausted() {
        return bytes.sum() > bytesMax;
    }

    /** True when messages that are in the journal should not take memory, too. */
    boolean isHotFull() {
        return bytes.sum() > hotBytesMax;
    }

    /** How much one queue may hold of messages that are in the journal, too. */
    long queueHotBytesMax() {
        return Math.min(QUEUE_HOT_BYTES_MAX, hotBytesMax / QUEUE_PART);
    }
}
