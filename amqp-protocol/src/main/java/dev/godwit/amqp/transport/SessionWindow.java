package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;

/**
 * Counts the transfer frames of one session in both directions (AMQP 1.0 §2.5.6). Owned by the connection's loop.
 *
 * <p>Design note: the engine counts too, but opens its incoming window again only when it has shut, which stops the
 * peer for a round trip each time. So the engine's window is left at its largest, and this one is announced in its
 * place and opened again at half.
 */
final class SessionWindow {
    private final int frames;
    private int remaining;
    private int nextIncomingId;
    private int nextOutgoingId = 1;

    SessionWindow(int frames) {
        this.frames = frames;
        remaining = frames;
    }

    void onBegin(UnsignedInteger peersNextOutgoingId) {
        nextIncomingId = peersNextOutgoingId.intValue();
    }

    /** False when the peer sent more frames than it may. */
    boolean onTransferReceived() {
        if (remaining == 0) {
            return false;
        }
        remaining--;
        nextIncomingId++;
        return true;
    }

    void onTransferSent() {
        nextOutgoingId++;
    }

    int nextOutgoingId() {
        return nextOutgoingId;
    }

    /** Half of it is used: time to tell the peer that it may go on. */
    boolean isLow() {
        return remaining <= frames / 2;
    }

    UnsignedInteger frames() {
        return UnsignedInteger.valueOf(frames);
    }

    /** Fills in the session's half of a flow frame, which opens the window wholly. */
    void announceIn(Flow flow) {
        remaining = frames;
        flow.setNextIncomingId(UnsignedInteger.valueOf(nextIncomingId));
        flow.setIncomingWindow(frames());
        flow.setNextOutgoingId(UnsignedInteger.valueOf(nextOutgoingId));
        flow.setOutgoingWindow(UnsignedInteger.valueOf(Integer.MAX_VALUE));
    }
}
