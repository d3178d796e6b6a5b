package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;

/**
 * What a queue wants to know of a message without reading it: 9 bits and a few more, which the journal keeps with its record and gives
 * back at a start. Bits 0 to 3 are the priority, bits 4 to 8 the size class: 0 for unknown, else the length in bytes is at
 * most {@code 64 << (class - 1)}. Bit 10 says that the message has a group-id. Bits 11 to 15 say how long it is within its
 * class, in 31st parts of it, rounded up; 0 for not said.
 */
final class MessageAttributes {
    /** Those 9 that a {@link Reference} has room for. */
    static final int MASK = 0x1FF;

    /** A bit beside those: the journal's record has it when the message is known by an id. Nobody else keeps it. */
    static final int IDENTIFIED = 0x200;

    private static final int GROUPED = 0x400;

    private static final int PRIORITY_MASK = 0xF;
    private static final int PRIORITY_USUAL = 4;
    private static final int SIZE_SHIFT = 4;
    private static final int SIZE_MASK = 0x1F;

    /** The largest of the smallest class, as a power of two. */
    private static final int SMALLEST_SHIFT = 6;

    private static final int DETAIL_SHIFT = 11;
    private static final int DETAIL_MAX = 31;

    /** Taken for messages of which nothing is known: careful rather than fast. */
    private static final long UNKNOWN_BYTES = 64 << 10;

    private MessageAttributes() {}

    static int of(Message message) {
        return of(message.priority(), message.sizeBytes(), message.hasGroup());
    }

    static int of(int priority, long sizeBytes, boolean grouped) {
        return of(priority, sizeBytes) | (grouped ? GROUPED : 0);
    }

    static int withGroup(int attributes) {
        return attributes | GROUPED;
    }

    static boolean isGrouped(int attributes) {
        return (attributes & GROUPED) != 0;
    }

    static int of(int priority, long sizeBytes) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, sizeBytes) - 1);
        int sizeClass = Math.min(SIZE_MASK, 1 + Math.max(0, bits - SMALLEST_SHIFT));
        return Math.min(PRIORITY_MASK, priority) | sizeClass << SIZE_SHIFT;
    }

    /** Of messages of which nothing is known it is the usual one. */
    static int priority(int attributes) {
        return attributes >>> SIZE_SHIFT == 0 ? PRIORITY_USUAL : attributes & PRIORITY_MASK;
    }

    static long sizeBytesAtMost(int attributes) {
        int sizeClass = attributes >>> SIZE_SHIFT & SIZE_MASK;
        return sizeClass == 0 ? UNKNOWN_BYTES : 1L << (SMALLEST_SHIFT + sizeClass - 1);
    }

    /** The bits to be added for a message of that length whose length is to be known more closely. */
    static int detail(long sizeBytes) {
        long most = sizeBytesAtMost(of(0, sizeBytes));
        long least = leastOf(most);
        long width = most - least;
        long parts = (Math.min(Math.max(1, sizeBytes - least), width) * DETAIL_MAX + width - 1) / width;
        return (int) parts << DETAIL_SHIFT;
    }

    /** How long the message is, as far as is known: with {@link #detail} no less, and more by 3 % at most. */
    static int sizeBytesAbout(int attributes) {
        long most = sizeBytesAtMost(attributes);
        long least = leastOf(most);
        int parts = attributes >>> DETAIL_SHIFT & DETAIL_MAX;
        // Not known: in the middle.
        long beyond = parts == 0 ? (most - least) / 2 : (most - least) * parts / DETAIL_MAX;
        return (int) Math.min(Integer.MAX_VALUE, least + beyond);
    }

    /** True when it is known closely. */
    static boolean isDetailed(int attributes) {
        return (attributes >>> DETAIL_SHIFT & DETAIL_MAX) != 0;
    }

    /** Of the size class whose upper end this is, the lower one; of the smallest, where messages with a header begin. */
    private static long leastOf(long sizeBytesAtMost) {
        return sizeBytesAtMost / 2;
    }
}
