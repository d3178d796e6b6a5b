package dev.godwit.amqp.message;

import dev.godwit.amqp.type.UnsignedInteger;

/**
 * How a message is to be delivered (AMQP 1.0 §3.2.1).
 *
 * @param priority 0 to 255, higher is more urgent
 * @param ttlMillis 0 to 2^32-1, or {@link MessageSections#NO_TTL}
 * @param firstAcquirer nobody has acquired the message before
 * @param deliveryCount earlier attempts that failed, 0 to 2^32-1
 */
public record Header(boolean durable, int priority, long ttlMillis, boolean firstAcquirer, long deliveryCount) {
    public static final int DEFAULT_PRIORITY = 4;

    /** What holds for a message without a header. */
    public static final Header DEFAULT = new Header(false, DEFAULT_PRIORITY, MessageSections.NO_TTL, false, 0);

    /** Durable, and otherwise the default. */
    public static final Header DURABLE = new Header(true, DEFAULT_PRIORITY, MessageSections.NO_TTL, false, 0);

    public Header {
        if (priority < 0 || priority > 255) {
            throw new IllegalArgumentException("a priority is 0 to 255: " + priority);
        }
        if (ttlMillis != MessageSections.NO_TTL) {
            UnsignedInteger.of(ttlMillis);
        }
        UnsignedInteger.of(deliveryCount);
    }

    public boolean hasTtl() {
        return ttlMillis != MessageSections.NO_TTL;
    }
}
