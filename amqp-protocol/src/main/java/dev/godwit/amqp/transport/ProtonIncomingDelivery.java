package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ReceiverSettleMode;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/** A message that came, over the engine's delivery. Owned by the connection's loop; lives until both ends settled. */
final class ProtonIncomingDelivery implements IncomingDelivery {
    private final ProtonReceivingLink link;
    private final Delivery delivery;
    private final ByteBuffer message;
    private final ReceiverSettleMode receiverSettleMode;
    private boolean settled;
    private boolean updated;
    private @Nullable Object attachment;

    ProtonIncomingDelivery(
            ProtonReceivingLink link, Delivery delivery, ByteBuffer message, ReceiverSettleMode receiverSettleMode) {
        this.receiverSettleMode = receiverSettleMode;
        this.link = link;
        this.delivery = delivery;
        this.message = message;
    }

    @Override
    public ReceivingLink link() {
        return link;
    }

    @Override
    public byte[] tag() {
        return delivery.getTag().clone();
    }

    @Override
    public int messageFormat() {
        return delivery.getMessageFormat();
    }

    @Override
    public ByteBuffer message() {
        return message;
    }

    @Override
    public boolean isRemotelySettled() {
        return delivery.remotelySettled();
    }

    @Override
    public @Nullable DeliveryState remoteState() {
        return ProtonStates.fromEngine(delivery.getRemoteState());
    }

    @Override
    public ReceiverSettleMode receiverSettleMode() {
        return receiverSettleMode;
    }

    @Override
    public void settle(DeliveryState state) {
        ProtonConnection connection = link.session().connection();
        connection.assertOnLoop();
        if (settled) {
            return;
        }
        settled = true;
        delivery.disposition(connection.toEngine(state));
        delivery.settle();
        connection.touch();
    }

    @Override
    public void update(@Nullable DeliveryState state) {
        ProtonConnection connection = link.session().connection();
        connection.assertOnLoop();
        if (settled) {
            return;
        }
        updated = true;
        delivery.disposition(state == null ? DispositionRange.NoState.INSTANCE : connection.toEngine(state));
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

    /** The peer settled it, or spoke of it again. */
    void onRemoteUpdate() {
        if (settled || !delivery.remotelySettled() || !updated) {
            return;
        }
        link.onSettled(this);
        if (!settled) {
            settled = true;
            delivery.settle();
        }
    }
}
