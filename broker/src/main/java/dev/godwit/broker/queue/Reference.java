package dev.godwit.broker.queue;

/**
 * A message in 8 bytes, so that a queue may be longer than memory is large. From the top: 48 bits of its index in the
 * shard's log, 5 bits of failed deliveries, one that says it is large, one that says it is kept in memory, and the 9 bits
 * of {@link MessageAttributes}.
 */
final class Reference {
    /** The message left by another door. */
    static final long GONE = 0;

    /** Failed deliveries that fit; this value means "so many or more", and the number stands elsewhere. */
    static final int ATTEMPTS_MAX = 31;

    private static final int INDEX_SHIFT = 16;
    private static final int ATTEMPTS_SHIFT = 11;
    static final long LARGE = 1L << 10;
    private static final long KEPT = 1L << 9;

    private Reference() {}

    static long of(long index, int attributes, int deliveryCount) {
        if (index <= 0 || index >>> (Long.SIZE - INDEX_SHIFT) != 0) {
            throw new IllegalArgumentException("no message has the index " + index);
        }
        return index << INDEX_SHIFT
                | (long) Math.min(ATTEMPTS_MAX, deliveryCount) << ATTEMPTS_SHIFT
                | (attributes & MessageAttributes.MASK);
    }

    /** A message whose bytes lie in parts. */
    static long ofLarge(long index, int attributes, int deliveryCount) {
        return of(index, attributes, deliveryCount) | LARGE;
    }

    /** Stands for a message whose entry is kept in memory. */
    static long ofKept() {
        return KEPT;
    }

    static boolean isKept(long reference) {
        return (reference & KEPT) != 0;
    }

    static boolean isLarge(long reference) {
        return (reference & LARGE) != 0;
    }

    /** Stands for a message that has to be read. */
    static boolean isUnread(long reference) {
        return reference != GONE && !isKept(reference) && !isLarge(reference);
    }

    static long index(long reference) {
        return reference >>> INDEX_SHIFT;
    }

    static int attributes(long reference) {
        return (int) reference & MessageAttributes.MASK;
    }

    static int deliveryCount(long reference) {
        return (int) (reference >>> ATTEMPTS_SHIFT) & ATTEMPTS_MAX;
    }
}
