package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message that we sent, until it is settled: all that is kept of it. Owned by the connection's loop.
 *
 * <p>Design note: thousands of these wait for the peer, and each is touched for the first time again when it is settled;
 * so it is one small object, with nothing behind it but what its owner attached.
 */
final class SentDelivery implements OutgoingDelivery {
    private final ProtonSendingLink link;
    /** The tag, unless one was chosen. */
    private final long tagNumber;

    private final byte @Nullable [] chosenTag;
    private int id;
    private boolean settled;
    private boolean remotelySettled;
    /** What of it has not gone out yet; null once all has. */
    private @Nullable WaitingTransfer rest;

    private @Nullable DeliveryState remoteState;
    private @Nullable Object attachment;

    /** @param settled nothing more will be said of it, at neither end */
    SentDelivery(ProtonSendingLink link, long tagNumber, byte @Nullable [] chosenTag, boolean settled) {
        this.link = link;
        this.tagNumber = tagNumber;
        this.chosenTag = chosenTag;
        this.settled = settled;
        if (!settled) {
            link.onUnsettled();
        }
    }

    @Override
    public ProtonSendingLink link() {
        return link;
    }

    @Override
    public Binary tag() {
        byte[] bytes = new byte[tagBytes()];
        writeTag(bytes, 0);
        return Binary.viewOf(ByteBuffer.wrap(bytes));
    }

    private int tagBytes() {
        return chosenTag == null ? DeliveryTags.bytes(tagNumber) : chosenTag.length;
    }

    /** Returns how many bytes that took. */
    int writeTag(byte[] into, int at) {
        if (chosenTag == null) {
            return DeliveryTags.write(tagNumber, into, at);
        }
        System.arraycopy(chosenTag, 0, into, at, chosenTag.length);
        return chosenTag.length;
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
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
    }

    @Override
    public void settle(@Nullable DeliveryState state) {
        link.session().connection().assertOnLoop();
        if (settled) {
            return;
        }
        if (link.isOver()) {
            settled = true;
            return;
        }
        become(state);
    }

    /** Settles at our end; says so to the peer unless it has settled, too. */
    private void become(@Nullable DeliveryState state) {
        onSettled();
        SessionOutbox outbox = link.session().outbox();
        WaitingTransfer unsent = rest;
        if (unsent == null) {
            outbox.onSettled(this, !remotelySettled, state);
        } else {
            // What is still to go out says so.
            outbox.onSettled(this, false, null);
            boolean says =
                    !remotelySettled && link.session().connection().transfers().fits(state);
            unsent.settle(says ? state : null);
            outbox.send(link);
        }
    }

    private void onSettled() {
        if (!settled) {
            settled = true;
            link.onSettled();
        }
    }

    // ---- what its session does with it

    /** The number in its session, once its first frame goes out (§2.8.4). */
    int id() {
        return id;
    }

    void onBegun(int newId) {
        id = newId;
    }

    boolean isSettled() {
        return settled;
    }

    /** Not all of it could go out. */
    void onRest(WaitingTransfer unsent) {
        rest = unsent;
    }

    /** All of it has gone out, or nothing more of it will. */
    void onWhole() {
        rest = null;
    }

    /** The peer will never have all of it, and knows. */
    void onAborted() {
        onSettled();
        link.session().outbox().onSettled(this, false, null);
    }

    /** The peer spoke of it. What it has settled is settled here too as soon as the listener has heard. */
    void onDisposition(@Nullable DeliveryState state, boolean settledByPeer) {
        if (settled) {
            return;
        }
        if (state != null) {
            remoteState = state;
        }
        remotelySettled |= settledByPeer;
        link.onDisposition(this);
        if (remotelySettled && !settled) {
            become(null);
        }
    }
}
