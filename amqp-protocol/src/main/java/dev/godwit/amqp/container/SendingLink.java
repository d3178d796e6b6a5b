package dev.godwit.amqp.container;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A link on which we send: our end has role {@code sender}. Owned by its connection's loop. */
public interface SendingLink extends Link {
    /**
     * Answers a peer's attach; {@code answer} carries the terminus as it really is. The peer's name is kept. When the
     * link was lost meanwhile, the listener hears of the detach; when its session was, nothing happens and
     * {@link #isAttached} is false.
     */
    void accept(AttachParameters answer, SendingLinkListener listener);

    /** Messages that may still be sent (AMQP 1.0 §2.6.7); none while an unsettled map was incomplete (§2.7.3). */
    int credit();

    /** The peer wants all credit used or given back now: send what there is, then call {@link #drained}. */
    boolean isDraining();

    /** Gives the rest of the credit back, and tells the peer (§2.6.7). Nothing happens when the peer did not ask. */
    void drained();

    /**
     * Sends a message: {@code head} then {@code rest}, from position to limit, which stay unchanged. Both may be read
     * until the message is on its way, so they must not be written to again. Uses one credit; calling without credit is
     * an error of the caller.
     *
     * @param head replaced leading sections, or an empty buffer
     * @param settled nothing more will be said about it
     * @param state a state to send along (a transaction), or null
     * @return the delivery; its tag is unique on this link
     */
    OutgoingDelivery send(ByteBuffer head, ByteBuffer rest, boolean settled, @Nullable DeliveryState state);

    /**
     * The next delivery goes out under this tag instead of one that the link makes. At most 32 bytes (AMQP 1.0 §2.8.7), and
     * more than eight, so that it is none of those; unique on this link.
     */
    void tagNext(Binary tag);

    /**
     * Takes up a delivery that both ends consider unsettled, under the tag that it has: the message is sent once more, and
     * marked as resumed (§2.6.13). Right after {@link #accept}; it waits for the peer's credit, and uses one. Until all
     * that is resumed has gone out there is no credit for anything else.
     *
     * @param attachment of the delivery, by which {@link SendingLinkListener#onDisposition} knows it
     */
    void resume(Binary tag, ByteBuffer head, ByteBuffer rest, Object attachment);

    /**
     * Begins a message that is sent part by part. Uses one credit; calling without credit, or before the last such
     * message has ended, is an error of the caller, as is {@link #send} meanwhile.
     *
     * @param settled nothing more will be said about it
     * @param state a state to send along (a transaction), or null
     */
    OutgoingStream stream(boolean settled, @Nullable DeliveryState state);

    /** The same without a state. */
    default OutgoingStream stream(boolean settled) {
        return stream(settled, null);
    }

    /**
     * Bytes sent on this connection but not yet taken by the socket. A sender of much looks at this, and goes on when
     * {@link SendingLinkListener#onSendable} comes.
     */
    boolean isWritable();

    /**
     * What was unsettled when the peer detached is no longer kept ({@link SendingLinkListener#keepsUnsettled}): its
     * delivery-ids mean nothing from now on. Nothing happens when the link does not linger.
     */
    void forget();
}
