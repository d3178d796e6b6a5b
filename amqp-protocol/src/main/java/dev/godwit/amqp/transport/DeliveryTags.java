package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import org.jspecify.annotations.Nullable;

/**
 * The delivery-tags of one sending link (AMQP 1.0 §2.6.12): numbers, in no more bytes than need be, and those that the
 * container chooses. Owned by the connection's loop.
 */
final class DeliveryTags {
    /** See AMQP 1.0 §2.8.7. */
    static final int BYTES_MAX = 32;

    private long next;

    /** Of the next delivery, if somebody chose one; null for none. */
    private byte @Nullable [] chosen;

    /** New deliveries get tags beyond those that either end holds from an earlier life of the link. */
    void skip(@Nullable UnsettledMap unsettled) {
        if (unsettled == null) {
            return;
        }
        for (Binary tag : unsettled.states().keySet()) {
            if (tag.length() < Long.BYTES) {
                long number = 0;
                for (int i = 0; i < tag.length(); i++) {
                    number = (number << 8) | (tag.byteAt(i) & 0xff);
                }
                next = Math.max(next, number + 1);
            }
        }
    }

    /**
     * The next delivery goes out under this tag.
     *
     * @throws IllegalArgumentException when it might be one of our numbers, or is too long
     */
    void choose(Binary tag) {
        if (tag.length() <= Long.BYTES || tag.length() > BYTES_MAX) {
            throw new IllegalArgumentException("a delivery-tag of " + tag.length() + " bytes");
        }
        chosen = tag.toByteArray();
    }

    /** The tag that was chosen, once; null for the next number. */
    byte @Nullable [] takeChosen() {
        byte[] taken = chosen;
        chosen = null;
        return taken;
    }

    long takeNumber() {
        return next++;
    }

    /** One to eight bytes. */
    static int bytes(long number) {
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(number) + 7) / 8);
    }

    /** Writes the number as a tag, the highest byte first, and returns how many bytes that took. */
    static int write(long number, byte[] into, int at) {
        int bytes = bytes(number);
        for (int i = 0; i < bytes; i++) {
            into[at + i] = (byte) (number >>> (Byte.SIZE * (bytes - 1 - i)));
        }
        return bytes;
    }
}
