package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.DeliveryState;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/** A message that we sent, over the engine's delivery. Owned by the connection's loop; lives until both ends settled. */
final class ProtonOutgoingDelivery implements OutgoingDelivery {
    private final ProtonSendingLink link;
    private final Delivery delivery;
    private boolean settled;
    private boolean remotelySettled;
    private @Nullable DeliveryState remoteState;
    private @Nullable Object attachment;

    ProtonOutgoingDelivery(ProtonSendingLink link, Delivery delivery, boolean settled) {
        this.link = link;
        this.delivery = delivery;
        this.settled = settled;
    }

    @Override
    public SendingLink link() {
        return link;
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
        settled = true;
        if (!remotelySettled) {
            delivery.disposition(
                    state == null ? DispositionRange.SettledWithoutState.INSTANCE : connection.toEngine(state));
        }
        delivery.settle();
        connection.touch();
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
    }

    /** The peer spoke of it. What it has settled is settled here too as soon as the listener has heard. */
    void onRemoteUpdate() {
        if (settled) {
            return;
        }
        remoteState = link.session().connection().fromEngine(delivery.getRemoteState());
        remotelySettled = delivery.remotelySettled();
        link.onDisposition(this);
        if (remotelySettled && !settled) {
            settled = true;
            delivery.settle();
        }
    }
}
