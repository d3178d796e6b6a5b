package dev.godwit.amqp.container;

import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ReceiverSettleMode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A message that came on a receiving link, and its settlement. Owned by the connection's loop. */
public interface IncomingDelivery {
    ReceivingLink link();

    /** The delivery-tag: up to 32 bytes, chosen by the sender. */
    byte[] tag();

    /** 0 for a message as the specification defines it. */
    int messageFormat();

    /**
     * The encoded message, from position to limit. It belongs to the receiver of this call: nobody writes to it again.
     * Empty when the message came in parts.
     */
    ByteBuffer message();

    /** True when the sender wants to hear nothing more (settled=true in the transfer, or since). */
    boolean isRemotelySettled();

    /** The state that came along: a {@code TransactionalState} or null. */
    @Nullable
    DeliveryState remoteState();

    /**
     * {@code SECOND} when the sender wants to settle first: then {@link #update} tells it the state, and
     * {@link ReceivingLinkListener#onSettled} says when it has (§2.6.12).
     */
    ReceiverSettleMode receiverSettleMode();

    /**
     * Ends the delivery here: a disposition with settled=true, at the end of the turn, in a range with its neighbours
     * where possible. Nothing is sent when the sender had settled.
     */
    void settle(DeliveryState state);

    /**
     * Tells the sender a state and waits for it to settle: a disposition with settled=false.
     *
     * @param state null when what was said before holds no more
     */
    void update(@Nullable DeliveryState state);

    /** Whatever the owner of the link wants to remember with the delivery. */
    @Nullable
    Object attachment();

    void attach(@Nullable Object attachment);
}
