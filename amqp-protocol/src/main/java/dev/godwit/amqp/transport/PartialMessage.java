package dev.godwit.amqp.transport;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * The transfer frames of one delivery, joined (AMQP 1.0 §2.6.14). Owned by its link; empty between two deliveries. A
 * message of one frame is passed on as it came; parts are joined once, when the last has come.
 */
final class PartialMessage {
    /** So many frames without a byte in one delivery serve no honest purpose. */
    private static final int EMPTY_FRAMES_MAX = 1_024;

    private final List<byte[]> parts = new ArrayList<>();
    private boolean begun;
    private long bytes;
    private int emptyFrames;
    private @Nullable Binary tag;
    private int messageFormat;

    boolean isBegun() {
        return begun;
    }

    long bytes() {
        return bytes;
    }

    void begin(Transfer first) {
        begun = true;
        tag = first.getDeliveryTag();
        messageFormat =
                first.getMessageFormat() == null ? 0 : first.getMessageFormat().intValue();
    }

    /** What is wrong with a further frame of this delivery; null when nothing is. */
    @Nullable
    String faultOf(Transfer next) {
        if (next.getDeliveryTag() != null && !next.getDeliveryTag().equals(tag)) {
            return "delivery-tag changes within a delivery";
        }
        if (next.getMessageFormat() != null && next.getMessageFormat().intValue() != messageFormat) {
            return "message-format changes within a delivery";
        }
        if (emptyFrames > EMPTY_FRAMES_MAX) {
            return "more than " + EMPTY_FRAMES_MAX + " empty transfer frames in one delivery";
        }
        return null;
    }

    void add(byte[] payload) {
        if (payload.length == 0) {
            emptyFrames++;
        } else {
            parts.add(payload);
            bytes += payload.length;
        }
    }

    /** The whole message; empties this. */
    ByteBuffer take() {
        ByteBuffer message;
        if (parts.size() == 1) {
            message = ByteBuffer.wrap(parts.get(0));
        } else {
            message = ByteBuffer.allocate((int) bytes);
            parts.forEach(message::put);
            message.flip();
        }
        clear();
        return message;
    }

    void clear() {
        begun = false;
        bytes = 0;
        emptyFrames = 0;
        tag = null;
        parts.clear();
    }
}
