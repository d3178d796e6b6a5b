package dev.godwit.broker.message;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * The delivery annotation by which a consumer that has asked for it knows a message again: a UUID that is the same for each
 * delivery of one message from one queue, also after a restart, and of no other message. Stateless.
 */
public final class MessageIdentity {
    /** Its name. */
    public static final String ANNOTATION = "x-opt-godwit-message-identity";

    private static final int UUID_BYTES = 16;

    /** An odd number whose multiples are spread over all 64 bits, so that no two queues of a journal have the same. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    /** A section of delivery annotations (AMQP 1.0 §3.2.2) that holds a map8 with this one entry, up to its value. */
    private static final byte[] PREFIX = prefix();

    private MessageIdentity() {}

    private static byte[] prefix() {
        byte[] name = ANNOTATION.getBytes(US_ASCII);
        int mapBytes = 1 + 2 + name.length + 1 + UUID_BYTES;
        return ByteBuffer.allocate(3 + 3 + 2 + name.length + 1)
                .put(new byte[] {0x00, 0x53, 0x71})
                .put(new byte[] {(byte) 0xC1, (byte) mapBytes, 2})
                .put(new byte[] {(byte) 0xA3, (byte) name.length})
                .put(name)
                .put((byte) 0x98)
                .array();
    }

    /**
     * The section, from position to limit.
     *
     * @param journal stands for the journal that holds the message
     * @param queueId the number of its queue, which is never used again
     * @param index of its record in the queue's shard
     */
    public static ByteBuffer section(long journal, long queueId, long index) {
        return ByteBuffer.allocate(PREFIX.length + UUID_BYTES)
                .put(PREFIX)
                .putLong(journal + queueId * SPREAD)
                .putLong(index)
                .flip();
    }
}
