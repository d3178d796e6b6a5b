package dev.godwit.amqp.transport;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * The transfer frames of one delivery, joined (AMQP 1.0 §2.6.14). Owned by its link; empty between two deliveries. A
 * message of one frame is passed on as it came; parts are joined once, when the last has come, or when somebody takes
 * those that are here.
 */
final class PartialMessage {
    /** So many frames without a byte in one delivery serve no honest purpose. */
    private static final int EMPTY_FRAMES_MAX = 1_024;

    private final List<byte[]> parts = new ArrayList<>();
    private boolean begun;
    private long bytes;
    private int heldBytes;
    private int emptyFrames;
    private @Nullable Binary tag;
    private int messageFormat;
    private @Nullable DeliveryState state;

    boolean isBegun() {
        return begun;
    }

    /** Bytes of the message that came, in all. */
    long bytes() {
        return bytes;
    }

    /** Bytes that are here still. */
    int heldBytes() {
        return heldBytes;
    }

    void begin(Transfer first) {
        begun = true;
        state = first.getState();
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
        if (isInAnotherTransaction(next.getState())) {
            return "the transaction changes within a delivery";
        }
        if (emptyFrames > EMPTY_FRAMES_MAX) {
            return "more than " + EMPTY_FRAMES_MAX + " empty transfer frames in one delivery";
        }
        return null;
    }

    /** All frames name the same transaction (§4.4.1); one that says nothing changes nothing. */
    private boolean isInAnotherTransaction(@Nullable DeliveryState next) {
        return next instanceof TransactionalState transactional
                && !(state instanceof TransactionalState begunIn
                        && transactional.getTxnId().equals(begunIn.getTxnId()));
    }

    void add(byte[] payload) {
        if (payload.length == 0) {
            emptyFrames++;
        } else {
            parts.add(payload);
            bytes += payload.length;
            heldBytes += payload.length;
        }
    }

    /** What is here, joined, and no longer here; the message goes on. */
    ByteBuffer takeHeld() {
        ByteBuffer joined;
        if (parts.size() == 1) {
            joined = ByteBuffer.wrap(parts.get(0));
        } else {
            joined = ByteBuffer.allocate(heldBytes);
            parts.forEach(joined::put);
            joined.flip();
        }
        parts.clear();
        heldBytes = 0;
        return joined;
    }

    void clear() {
        begun = false;
        bytes = 0;
        heldBytes = 0;
        emptyFrames = 0;
        tag = null;
        state = null;
        parts.clear();
    }
}
