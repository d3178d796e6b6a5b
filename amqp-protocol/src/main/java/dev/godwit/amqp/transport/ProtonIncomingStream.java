package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/**
 * A long message while it comes in, over the engine's delivery. Owned by the connection's loop. It answers for what its
 * listener has not taken: that counts on until it is taken, or until the message is lost or given up.
 */
final class ProtonIncomingStream implements IncomingStream {
    private final ProtonReceivingLink link;
    private final Delivery delivery;
    private final UntakenParts untaken;
    private @Nullable IncomingStreamListener listener;
    private long untakenBytes;
    private boolean counting = true;

    ProtonIncomingStream(ProtonReceivingLink link, Delivery delivery) {
        this.link = link;
        this.delivery = delivery;
        untaken = link.session().connection().untakenParts();
    }

    // ---- what the container asks

    @Override
    public ReceivingLink link() {
        return link;
    }

    @Override
    public int messageFormat() {
        return delivery.getMessageFormat();
    }

    @Override
    public @Nullable DeliveryState remoteState() {
        return ProtonStates.fromEngine(delivery.getRemoteState());
    }

    @Override
    public void taken(long bytes) {
        link.session().connection().assertOnLoop();
        if (!counting) {
            return;
        }
        if (bytes < 0 || bytes > untakenBytes) {
            throw new IllegalArgumentException(bytes + " bytes taken of " + untakenBytes + " on link " + link.name());
        }
        untakenBytes -= bytes;
        untaken.subtract(bytes);
    }

    // ---- what happens

    void setListener(IncomingStreamListener newListener) {
        listener = newListener;
    }

    void onPart(ByteBuffer part) {
        IncomingStreamListener to = listener;
        if (to != null && part.hasRemaining()) {
            untakenBytes += part.remaining();
            untaken.add(part.remaining());
            to.onPart(part);
        }
    }

    void onEnd(ProtonIncomingDelivery whole) {
        IncomingStreamListener to = takeListener();
        if (to != null) {
            to.onEnd(whole);
        }
    }

    void onAborted() {
        stopCounting();
        IncomingStreamListener to = takeListener();
        if (to != null) {
            to.onAborted();
        }
    }

    void onLost() {
        stopCounting();
        IncomingStreamListener to = takeListener();
        if (to != null) {
            to.onLost();
        }
    }

    private void stopCounting() {
        if (counting) {
            counting = false;
            untaken.subtract(untakenBytes);
        }
    }

    private @Nullable IncomingStreamListener takeListener() {
        IncomingStreamListener taken = listener;
        listener = null;
        return taken;
    }
}
