package dev.godwit.amqp.container;

import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import org.jspecify.annotations.Nullable;

/** What happens on a link on which we receive. Called on the connection's loop. */
public interface ReceivingLinkListener {
    /** The peer answered an attach of ours; {@link Link#remoteAttach} says what it agreed to. */
    void onAttached(ReceivingLink link);

    /**
     * A whole message came. Aborted deliveries and halves of messages are never seen here, nor is one that
     * {@link #onStream} takes.
     */
    void onDelivery(IncomingDelivery delivery);

    /**
     * A message has begun that is longer than what is kept for a listener who wants it whole by default. What came of it
     * so far follows at once.
     *
     * @return who takes it, part by part; null to have it joined, up to the link's limit, for {@link #onDelivery}
     */
    default @Nullable IncomingStreamListener onStream(IncomingStream stream) {
        return null;
    }

    /**
     * The peer resumes a delivery that the unsettled map of its attach listed (§2.6.13). Its message is empty, whatever
     * came with it: what our own map listed has come before, and nothing else may be resumed. To be settled or updated
     * as any other; unless {@link IncomingDelivery#isRemotelySettled}: then the peer only tells that it has settled.
     */
    default void onResumed(IncomingDelivery delivery) {
        delivery.settle(Outcome.Released.INSTANCE);
    }

    /**
     * A message was dropped that the peer takes for sent: it broke the link's rules, or came on a link that we had detached,
     * or its link ended before it was whole. The peer hears of a detach, and of no outcome. Not called for an aborted one.
     *
     * @param state what came with the message: a {@code TransactionalState}, say, whose transaction is not whole without it.
     *     Not called for a message without a state
     */
    default void onDropped(DeliveryState state) {}

    /** The peer settled a delivery that we had given a state but not settled (receiver settle mode second). */
    void onSettled(IncomingDelivery delivery);

    /** A drain of ours is done: the peer holds no credit. */
    void onDrained(ReceivingLink link);

    /**
     * The peer has detached, too, after a detach of ours: what that ended is over at both ends (§2.6.6).
     *
     * @param error what the peer said was wrong; null for nothing
     */
    default void onDetachAnswered(ReceivingLink link, @Nullable ErrorCondition error) {}

    /**
     * The peer detached, or broke the link's rules, or attached its name again; our detach has been sent. Not called when we detached first, nor when the session or the
     * connection ends.
     *
     * @param closed the peer gave the terminus up
     */
    void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error);
}
