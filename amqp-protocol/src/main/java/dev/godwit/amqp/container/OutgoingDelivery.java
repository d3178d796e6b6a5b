package dev.godwit.amqp.container;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import org.jspecify.annotations.Nullable;

/** A message that we sent, and its settlement. Owned by the connection's loop. */
public interface OutgoingDelivery {
    SendingLink link();

    /** The delivery-tag: unique among what is unsettled on this link at either end. */
    Binary tag();

    /** What the peer last said of it; null when nothing. */
    @Nullable
    DeliveryState remoteState();

    boolean isRemotelySettled();

    /** Ends the delivery here; tells the peer unless it has settled too. {@code state} is the final one, or null. */
    void settle(@Nullable DeliveryState state);

    /** Whatever the owner of the link wants to remember with the delivery. */
    @Nullable
    Object attachment();

    void attach(@Nullable Object attachment);
}
