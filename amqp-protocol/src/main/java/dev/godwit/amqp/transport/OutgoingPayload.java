package dev.godwit.amqp.transport;

import java.nio.ByteBuffer;

/**
 * What is still to be sent of a message: replaced leading sections, then the rest, read as one without being joined or
 * copied. Reads by absolute index, so the caller's buffers keep their positions. Owned by the connection's loop.
 */
final class OutgoingPayload {
    private static final ByteBuffer NOTHING_BYTES = ByteBuffer.allocate(0);

    /** Nothing to send. */
    static final OutgoingPayload NOTHING = new OutgoingPayload(NOTHING_BYTES, NOTHING_BYTES);

    private final ByteBuffer head;
    private final ByteBuffer rest;
    private final int headStart;
    private final int headBytes;
    private final int restStart;
    private final int bytes;
    private int sent;

    OutgoingPayload(ByteBuffer head, ByteBuffer rest) {
        this.head = head;
        this.rest = rest;
        headStart = head.position();
        headBytes = head.remaining();
        restStart = rest.position();
        bytes = headBytes + rest.remaining();
    }

    /** The next part of a message that comes in parts. */
    static OutgoingPayload of(ByteBuffer part) {
        return new OutgoingPayload(NOTHING_BYTES, part);
    }

    int remaining() {
        return bytes - sent;
    }

    /** Appends the next {@code length} bytes, no more than remain. */
    void writeTo(EngineOutput output, int length) {
        if (length == 0) {
            // The empty one is everybody's.
            return;
        }
        int fromHead = Math.max(0, Math.min(length, headBytes - sent));
        if (fromHead > 0) {
            output.put(head, headStart + sent, fromHead);
        }
        if (length > fromHead) {
            output.put(rest, restStart + sent + fromHead - headBytes, length - fromHead);
        }
        sent += length;
    }
}
