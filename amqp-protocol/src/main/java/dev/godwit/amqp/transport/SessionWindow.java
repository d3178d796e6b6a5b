package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Counts the transfer frames of one session in both directions (AMQP 1.0 §2.5.6). Owned by the connection's loop.
 *
 * <p>Design note: the engine counts what comes in, too, but opens its incoming window again only when it has shut, which stops the
 * peer for a round trip each time. So the engine's window is left at its largest, and this one is announced in its
 * place and opened again at half. While long messages come in parts it opens less far, and not at all while too much of
 * them waits to be taken; what was announced before is never taken back.
 */
final class SessionWindow {
    /** Where the engine begins to count. */
    static final int FIRST_OUTGOING_ID = 1;

    /** Frames in flight while messages are streamed: enough for any disk, little for memory. */
    private static final int STREAMING_FRAMES = 64;

    private final int frames;
    private final UntakenParts untaken;
    private int streams;
    private int remaining;
    private int nextIncomingId;
    private int nextOutgoingId = FIRST_OUTGOING_ID;
    private int peersNextIncomingId = FIRST_OUTGOING_ID;
    /** Frames that the peer still takes; below 0 when it shut its window over what is on its way. */
    private long peersWindow;

    SessionWindow(int frames, UntakenParts untaken) {
        this.frames = frames;
        this.untaken = untaken;
        remaining = frames;
    }

    void onBegin(UnsignedInteger peersNextOutgoingId, @Nullable UnsignedInteger peersIncomingWindow) {
        nextIncomingId = peersNextOutgoingId.intValue();
        peersWindow = peersIncomingWindow == null ? 0 : peersIncomingWindow.longValue();
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

    /**
     * A flow frame of the peer says what its next transfer frame will be, which of ours it expects, and how many from there
     * on it takes (§2.5.6).
     *
     * @param peersNextIncoming null when it had not seen our begin: then it counts from the first that we could send
     */
    void onFlow(
            UnsignedInteger peersNextOutgoingId,
            @Nullable UnsignedInteger peersNextIncoming,
            UnsignedInteger peersIncomingWindow) {
        nextIncomingId = peersNextOutgoingId.intValue();
        peersNextIncomingId = peersNextIncoming == null ? FIRST_OUTGOING_ID : peersNextIncoming.intValue();
        peersWindow = peersIncomingWindow.longValue() - (nextOutgoingId - peersNextIncomingId);
    }

    /** False while the peer takes no transfer frame. */
    boolean maySend() {
        return peersWindow > 0;
    }

    /**
     * A point in what we have written: whoever has seen a transfer of ours behind it, or has used a window that we opened
     * behind it, has heard all that was said before.
     *
     * @param outgoingId the first transfer behind it
     * @param windowEnd the first transfer of the peer's that needs a wider window
     */
    record Mark(int outgoingId, int windowEnd) {}

    /** What has been written up to here. */
    Mark mark() {
        return new Mark(nextOutgoingId, nextIncomingId + remaining);
    }

    boolean hasPeerHeard(Mark mark) {
        return peersNextIncomingId - mark.outgoingId() > 0 || nextIncomingId - mark.windowEnd() > 0;
    }

    void onTransferSent() {
        nextOutgoingId++;
        peersWindow--;
    }

    /** So many more, or fewer, messages are coming in part by part. */
    void addStreams(int more) {
        streams += more;
    }

    /** Half of it is used: time to tell the peer that it may go on. */
    boolean isLow() {
        return remaining <= reach() / 2;
    }

    private int reach() {
        return streams > 0 ? Math.min(frames, STREAMING_FRAMES) : frames;
    }

    UnsignedInteger frames() {
        return UnsignedInteger.valueOf(frames);
    }

    /** Fills in the session's half of a flow frame, which opens the window as far as it may be opened now. */
    void announceIn(Flow flow) {
        if (!untaken.isCrowded()) {
            remaining = Math.max(remaining, reach());
        }
        flow.setNextIncomingId(UnsignedInteger.valueOf(nextIncomingId));
        flow.setIncomingWindow(UnsignedInteger.valueOf(remaining));
        flow.setNextOutgoingId(UnsignedInteger.valueOf(nextOutgoingId));
        flow.setOutgoingWindow(UnsignedInteger.valueOf(Integer.MAX_VALUE));
    }
}
