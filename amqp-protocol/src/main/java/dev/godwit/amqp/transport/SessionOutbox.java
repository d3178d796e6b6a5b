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

    SessionOutbox(ProtonSession session, SessionWindow window) {
        this.session = session;
        this.window = window;
    }

    /** What has been sent and is not settled. */
    SentDeliveries deliveries() {
        return deliveries;
    }

    /** A frame waits for the window. What has been given up, or has lost its credit, does not. */
    boolean isWaiting() {
        return turns.stream().anyMatch(ProtonSendingLink::isReady);
    }

    /** Nothing may be sent any more. */
    void close() {
        closed = true;
        turns.clear();
        deliveries.clear();
    }

    /** Sends a message, or as much of it as the window takes. */
    void send(SentDelivery delivery, ByteBuffer head, ByteBuffer rest, @Nullable DeliveryState state) {
        ProtonSendingLink link = delivery.link();
        if (turns.isEmpty()
                && !link.hasUnsent()
                && writer().takesWhole(state, head.remaining() + rest.remaining())
                && mayWrite(link)) {
            // Most messages: nothing of them is left to be remembered.
            deliveries.begin(delivery);
            window.onTransferSent();
            writer().writeWhole(session.localChannel(), link.handle(), delivery, state, head, rest);
            return;
        }
        link.unsent().add(new WaitingTransfer(delivery, new OutgoingPayload(head, rest), true, state, false));
        send(link);
    }

    private TransferWriter writer() {
        return session.connection().transfers();
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
                sendNext(link, link.unsent().element());
                queue(link);
                link.onSent();
            }
        }
        if (turns.isEmpty()) {
            session.onAllSent();
        }
    }

    private boolean mayWrite(ProtonSendingLink link) {
        if (!window.maySend() || !session.connection().mayTransfer()) {
            return false;
        }
        session.connection().output().drainAsked();
        return link.localHandle() != null;
    }

    private void sendNext(ProtonSendingLink link, WaitingTransfer next) {
        if (!next.isBegun()) {
            next.onBegun();
            deliveries.begin(next.delivery());
        }
        window.onTransferSent();
        if (writer().writeNext(session.localChannel(), link.handle(), next)) {
            link.unsent().remove();
            next.delivery().onWhole();
        }
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
