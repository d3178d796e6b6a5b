package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/** A message that we sent, over the engine's delivery. Owned by the connection's loop; lives until both ends settled. */
final class ProtonOutgoingDelivery implements OutgoingDelivery {
    private final ProtonSendingLink link;
    private final Delivery delivery;
    private boolean settled;
    private boolean remotelySettled;
    private boolean settledEarly;
    private @Nullable ProtonOutgoingStream stream;
    private @Nullable DeliveryState remoteState;
    private @Nullable Object attachment;

    ProtonOutgoingDelivery(ProtonSendingLink link, Delivery delivery, boolean settled) {
        this.link = link;
        this.delivery = delivery;
        this.settled = settled;
        if (!settled) {
            link.onUnsettled();
        }
    }

    private void becomeSettled() {
        if (!settled) {
            settled = true;
            link.onSettled();
        }
    }

    @Override
    public SendingLink link() {
        return link;
    }

    @Override
    public Binary tag() {
        return Binary.viewOf(ByteBuffer.wrap(delivery.getTag()));
    }

    @Override
    public @Nullable DeliveryState remoteState() {
        return remoteState;
    }

    @Override
    public boolean isRemotelySettled() {
        return remotelySettled;
    }

    @Override
    public void settle(@Nullable DeliveryState state) {
        ProtonConnection connection = link.session().connection();
        connection.assertOnLoop();
        if (settled) {
            return;
        }
        if (link.isOver()) {
            settled = true;
            return;
        }
        becomeSettled();
        settleInEngine(state == null ? DispositionRange.NoState.INSTANCE : connection.toEngine(state));
        connection.touch();
    }

    private void settleInEngine(org.apache.qpid.proton.amqp.transport.DeliveryState state) {
        if (stream != null && stream.settle(settledEarly ? DispositionRange.Unspoken.INSTANCE : state)) {
            return;
        }
        if (!remotelySettled || settledEarly) {
            delivery.disposition(state);
        }
        delivery.settle();
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
    }

    /** It goes out part by part. */
    void comesIn(ProtonOutgoingStream itsStream) {
        stream = itsStream;
    }

    /** The peer will never have all of it, and knows. */
    void onAborted() {
        becomeSettled();
    }

    /** The peer settled it before it had all of it; {@link #onRemoteUpdate} follows. */
    void onSettledEarly() {
        settledEarly = true;
    }

    /** The peer spoke of it. What it has settled is settled here too as soon as the listener has heard. */
    void onRemoteUpdate() {
        if (settled) {
            return;
        }
        remoteState = link.session().connection().fromEngine(delivery.getRemoteState());
        remotelySettled = delivery.remotelySettled() || settledEarly;
        link.onDisposition(this);
        if (remotelySettled && !settled) {
            becomeSettled();
            settleInEngine(DispositionRange.NoState.INSTANCE);
        }
    }
}
