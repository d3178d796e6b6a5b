package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A long message while it goes out, over the engine's sender, whose current delivery it is until it ends. Owned by the
 * connection's loop.
 *
 * <p>Design note: the engine knows no way to abort a delivery, and one that is settled before it is written stays in its
 * books for ever; so the last frame is put right when it is written, and the delivery is settled after that.
 */
final class ProtonOutgoingStream implements OutgoingStream {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ProtonSendingLink link;
    private final Sender sender;
    private final Delivery delivery;
    private final ProtonOutgoingDelivery outgoing;
    private StreamState state = StreamState.OPEN;
    private boolean begun;
    private int deliveryId;
    /** What to settle the delivery with when it is written; null to wait for the peer. */
    private @Nullable DeliveryState settlement;

    ProtonOutgoingStream(ProtonSendingLink link, Sender sender, Delivery delivery, boolean settled) {
        this.link = link;
        this.sender = sender;
        this.delivery = delivery;
        outgoing = new ProtonOutgoingDelivery(link, delivery, settled);
        if (settled) {
            settlement = DispositionRange.Unspoken.INSTANCE;
        } else {
            outgoing.comesIn(this);
            delivery.setContext(outgoing);
        }
    }

    // ---- what the container asks

    @Override
    public OutgoingDelivery delivery() {
        return outgoing;
    }

    @Override
    public boolean isWritable() {
        link.session().connection().assertOnLoop();
        return state == StreamState.OPEN && link.isAttached() && link.isWritable();
    }

    @Override
    public void write(ByteBuffer part) {
        ProtonConnection connection = link.session().connection();
        connection.assertOnLoop();
        if (state != StreamState.OPEN || !link.isAttached() || !part.hasRemaining()) {
            return;
        }
        if (delivery.pending() > 0) {
            throw new IllegalStateException("link " + link.name() + " has not sent the last part yet");
        }
        int bytes = part.remaining();
        sender.sendNoCopy(new OutgoingPayload(NOTHING, part));
        connection.output().onSent(bytes);
    }

    @Override
    public void end() {
        leave(StreamState.ENDING);
    }

    @Override
    public void abort() {
        if (state == StreamState.OPEN) {
            settlement = DispositionRange.Unspoken.INSTANCE;
            outgoing.onAborted();
            leave(StreamState.ABORTING);
        }
    }

    private void leave(StreamState next) {
        link.session().connection().assertOnLoop();
        if (state == StreamState.OPEN) {
            state = next;
            sender.advance();
            link.onStreamLeft(this);
            link.session().connection().touch();
        }
    }

    // ---- what happens

    ProtonSendingLink link() {
        return link;
    }

    /** As the engine's delivery holds it. */
    byte[] tag() {
        return delivery.getTag();
    }

    /** What was written has left the engine. */
    boolean isDrained() {
        if (delivery.pending() > 0) {
            link.session().connection().drainEngine();
        }
        return delivery.pending() == 0;
    }

    /** True from its first frame on. */
    boolean isBegun() {
        return begun;
    }

    int deliveryId() {
        return deliveryId;
    }

    /** The engine is about to write a frame of it; {@code tooLong} tells when another must follow. */
    @Nullable
    Runnable beforeFrame(Transfer transfer, @Nullable Runnable tooLong) {
        begun = true;
        deliveryId = transfer.getDeliveryId().intValue();
        if (transfer.getMore()) {
            return tooLong;
        }
        transfer.setAborted(state == StreamState.ABORTING);
        transfer.setSettled(settlement == DispositionRange.Unspoken.INSTANCE);
        return () -> {
            transfer.setAborted(false);
            transfer.setSettled(false);
            if (tooLong != null) {
                tooLong.run();
            }
        };
    }

    /** Its last frame was written, and the engine is idle. */
    void onWritten() {
        state = StreamState.OVER;
        if (settlement != null) {
            // The engine forgets a delivery of ours only when it has a state.
            delivery.disposition(settlement);
            delivery.settle();
            link.session().connection().touch();
        }
    }

    /** The peer settled it before it had all of it. */
    void onSettledEarly() {
        outgoing.onSettledEarly();
    }

    /**
     * The container settles the delivery.
     *
     * @return false when it is written, and may be settled as any other
     */
    boolean settle(DeliveryState with) {
        if (state == StreamState.OVER) {
            return false;
        }
        if (state == StreamState.OPEN) {
            abort();
        } else if (settlement == null) {
            settlement = with;
        }
        return true;
    }

    /** Nothing can be said on its link any more. */
    boolean isLinkOver() {
        return !link.maySpeak();
    }

    private enum StreamState {
        /** Parts may be written. */
        OPEN,
        /** All is written; the last frame waits for the engine. */
        ENDING,
        /** Given up; the frame that says so waits for the engine. */
        ABORTING,
        /** Terminal: the last frame is out. */
        OVER
    }
}
