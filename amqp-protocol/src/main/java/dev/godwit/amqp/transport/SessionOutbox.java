package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one session sends: transfer frames, which go straight to the socket's buffers while the peer's window is open, and
 * wait while it is shut. Owned by the connection's loop; lives as long as the session.
 *
 * <p>Design note: frames go out in the order in which they were asked for, so what the engine was asked for before is
 * written before. When the window opens, the links take turns, one frame each, whatever waits on them.
 */
final class SessionOutbox {
    private final ProtonSession session;
    private final SessionWindow window;
    private final SentDeliveries deliveries = new SentDeliveries();
    /** Links with a frame that only the window keeps back. */
    private final ArrayDeque<ProtonSendingLink> turns = new ArrayDeque<>(1);

    private boolean closed;
    private @Nullable DeliveryState lastState;
    private byte @Nullable [] lastStateBytes;

    SessionOutbox(ProtonSession session, SessionWindow window) {
        this.session = session;
        this.window = window;
    }

    /** What has been sent and is not settled. */
    SentDeliveries deliveries() {
        return deliveries;
    }

    /** A frame waits for the window. */
    boolean isWaiting() {
        return !turns.isEmpty();
    }

    /** Nothing may be sent any more. */
    void close() {
        closed = true;
        turns.clear();
        deliveries.clear();
    }

    /**
     * Refuses what no frame of the peer's has room for, before anything of it goes out.
     *
     * @throws IllegalArgumentException when the state is too long
     */
    void check(@Nullable DeliveryState state) {
        if (state != null && TransferEncoder.bytesMax(encoded(state)) >= frameBytesMax()) {
            throw new IllegalArgumentException("a state of " + state.getClass().getSimpleName()
                    + " is too long for a frame of " + frameBytesMax() + " bytes");
        }
    }

    /** Sends a message, or as much of it as the window takes. */
    void send(SentDelivery delivery, ByteBuffer head, ByteBuffer rest, @Nullable DeliveryState state) {
        ProtonSendingLink link = delivery.link();
        int bytes = head.remaining() + rest.remaining();
        if (turns.isEmpty() && !link.hasUnsent() && isOneFrame(state, bytes) && mayWrite(link)) {
            // Most messages: nothing of them is left to be remembered.
            deliveries.begin(delivery);
            TransferEncoder encoder = encoder();
            int length = encoder.begin(
                    session.localChannel(),
                    link.handle(),
                    delivery,
                    encoded(state),
                    delivery.isSettled(),
                    false,
                    false);
            EngineOutput output = session.connection().output();
            output.put(encoder.finish(bytes, false), length);
            output.put(head, head.position(), head.remaining());
            output.put(rest, rest.position(), rest.remaining());
            onWritten();
            return;
        }
        link.unsent().add(new WaitingTransfer(delivery, new OutgoingPayload(head, rest), true, state, false));
        send(link);
    }

    private boolean isOneFrame(@Nullable DeliveryState state, int bytes) {
        return bytes <= frameBytesMax() - TransferEncoder.bytesMax(encoded(state))
                && !session.connection().isTraced();
    }

    /** Writes what waits on the link, or has it wait for the window. */
    void send(ProtonSendingLink link) {
        if (closed || link.isCutOff()) {
            link.unsent().clear();
            return;
        }
        queue(link);
        sendWaiting();
    }

    private void queue(ProtonSendingLink link) {
        if (link.isReady() && link.joinTurns()) {
            turns.add(link);
        }
    }

    /** Writes what waits, as far as the window is open. */
    void sendWaiting() {
        while (!turns.isEmpty() && mayWrite(turns.element())) {
            ProtonSendingLink link = turns.remove();
            link.leaveTurns();
            // What waited may have been given up meanwhile.
            if (link.isReady()) {
                WaitingTransfer next = link.unsent().element();
                if (writeFrame(link, next)) {
                    link.unsent().remove();
                    next.delivery().onWhole();
                }
                queue(link);
                link.onSent();
            }
        }
        if (turns.isEmpty()) {
            session.onAllSent();
        }
    }

    private boolean mayWrite(ProtonSendingLink link) {
        if (!window.maySend()) {
            return false;
        }
        session.connection().output().drainAsked();
        return link.localHandle() != null;
    }

    /** True when it was the delivery's last frame. */
    private boolean writeFrame(ProtonSendingLink link, WaitingTransfer transfer) {
        SentDelivery delivery = transfer.delivery();
        if (!transfer.isBegun()) {
            transfer.onBegun();
            deliveries.begin(delivery);
        }
        OutgoingPayload payload = transfer.payload();
        TransferEncoder encoder = encoder();
        int length = encoder.begin(
                session.localChannel(),
                link.handle(),
                delivery,
                encoded(transfer.state()),
                transfer.isSettled(),
                transfer.isResumed(),
                transfer.isAborted());
        int bytes = Math.min(payload.remaining(), frameBytesMax() - length);
        boolean more = bytes < payload.remaining() || !transfer.isComplete();
        EngineOutput output = session.connection().output();
        output.put(encoder.finish(bytes, more), length);
        payload.writeTo(output, bytes);
        onWritten();
        session.connection().trace(session.localChannel(), link.handle(), transfer, bytes, more);
        return !more;
    }

    private void onWritten() {
        window.onTransferSent();
        session.connection().output().onFrame();
    }

    private TransferEncoder encoder() {
        return session.connection().transferEncoder();
    }

    private int frameBytesMax() {
        return session.connection().frameBytesMax();
    }

    /** Neighbours mostly share a state. */
    private byte @Nullable [] encoded(@Nullable DeliveryState state) {
        if (state == null) {
            return null;
        }
        if (state != lastState) {
            lastStateBytes = session.connection().encoded(state);
            lastState = state;
        }
        return lastStateBytes;
    }

    /**
     * A delivery that is out is settled at our end.
     *
     * @param tell the peer does not know yet
     * @param state what it is told besides; null for nothing
     */
    void onSettled(SentDelivery delivery, boolean tell, @Nullable DeliveryState state) {
        deliveries.remove(delivery);
        if (tell) {
            session.connection().tellSettled(session, delivery.id(), state);
        }
    }
}
