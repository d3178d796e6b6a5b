package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message of which frames have still to go out: its session's window is shut, it is longer than a frame, or it comes in
 * parts. Owned by the connection's loop.
 */
final class WaitingTransfer {
    private final SentDelivery delivery;
    private final boolean resumed;
    private OutgoingPayload payload;
    private @Nullable DeliveryState state;
    private boolean settled;
    private boolean begun;
    private boolean complete;
    private boolean aborted;

    /**
     * @param payload what is there of it
     * @param complete that is all
     * @param state what its frames say of it; null for nothing
     * @param resumed it went out before, in an earlier life of its link
     */
    WaitingTransfer(
            SentDelivery delivery,
            OutgoingPayload payload,
            boolean complete,
            @Nullable DeliveryState state,
            boolean resumed) {
        this.delivery = delivery;
        this.payload = payload;
        this.complete = complete;
        this.state = state;
        this.resumed = resumed;
        settled = delivery.isSettled();
        delivery.onRest(this);
    }

    SentDelivery delivery() {
        return delivery;
    }

    OutgoingPayload payload() {
        return payload;
    }

    @Nullable
    DeliveryState state() {
        return state;
    }

    boolean isResumed() {
        return resumed;
    }

    boolean isSettled() {
        return settled;
    }

    /** Its first frame has gone out. */
    boolean isBegun() {
        return begun;
    }

    void onBegun() {
        begun = true;
    }

    /** A frame has been written: bytes that are out are held no longer. */
    void onWritten() {
        if (payload.remaining() == 0) {
            payload = OutgoingPayload.NOTHING;
        }
    }

    /** Nothing will be added to it. */
    boolean isComplete() {
        return complete;
    }

    boolean isAborted() {
        return aborted;
    }

    /** A frame of it may be written: there are bytes, or only its end is to be told. */
    boolean isReady() {
        return complete || payload.remaining() > 0;
    }

    /** Adds a part to what has gone out. */
    void add(ByteBuffer part) {
        payload = OutgoingPayload.of(part);
    }

    /** That was all of it. */
    void end() {
        complete = true;
    }

    /** The peer is to forget what it has of it (§2.7.5). */
    void abort() {
        settled = true;
        complete = true;
        aborted = true;
        payload = OutgoingPayload.NOTHING;
    }

    /**
     * It is settled before it has gone out: its last frames say so. One that still comes in parts is given up.
     *
     * @param with null for what was said with it before, if anything
     */
    void settle(@Nullable DeliveryState with) {
        if (!complete) {
            abort();
            return;
        }
        settled = true;
        if (with != null) {
            state = with;
        }
    }
}
