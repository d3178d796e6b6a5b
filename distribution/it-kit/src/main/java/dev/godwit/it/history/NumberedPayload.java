package dev.godwit.it.history;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;

/** The body of a message: its key, a checksum, and as much filler as its number asks for. */
public final class NumberedPayload {
    private static final int HEAD_BYTES = Integer.BYTES + Long.BYTES + Long.BYTES;
    private static final int ORDINARY_BYTES_MAX = 2_048;

    /** Every so manieth message is larger than a frame. */
    private static final int LARGE_EVERY = 300;

    private static final int LARGE_BYTES = 300_000;

    private NumberedPayload() {}

    public static byte[] encode(MessageKey key) {
        var fillerBytes = key.sequence() % LARGE_EVERY == 0
                ? LARGE_BYTES
                : (int) ((key.sequence() * 31 + key.producer()) % ORDINARY_BYTES_MAX);
        var body = new byte[HEAD_BYTES + fillerBytes];
        for (int i = HEAD_BYTES; i < body.length; i++) {
            body[i] = (byte) (key.sequence() + i * 7L);
        }
        ByteBuffer.wrap(body).putInt(key.producer()).putLong(key.sequence()).putLong(checksum(body, key));
        return body;
    }

    /** Returns the key; empty for bytes that {@link #encode} did not write. */
    public static Optional<MessageKey> decode(byte[] body) {
        if (body.length < HEAD_BYTES) {
            return Optional.empty();
        }
        var head = ByteBuffer.wrap(body);
        var key = new MessageKey(head.getInt(), head.getLong());
        return head.getLong() == checksum(body, key) ? Optional.of(key) : Optional.empty();
    }

    private static long checksum(byte[] body, MessageKey key) {
        var checksum = new CRC32();
        checksum.update(body, HEAD_BYTES, body.length - HEAD_BYTES);
        checksum.update(ByteBuffer.allocate(HEAD_BYTES)
                .putInt(key.producer())
                .putLong(key.sequence())
                .putInt(body.length)
                .flip());
        return checksum.getValue();
    }
}
