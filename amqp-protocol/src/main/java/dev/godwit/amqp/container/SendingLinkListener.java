package dev.godwit.amqp.container;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import org.jspecify.annotations.Nullable;

/** What happens on a link on which we send. Called on the connection's loop. */
public interface SendingLinkListener {
    /** The peer answered an attach of ours; {@link Link#remoteAttach} says what it agreed to. */
    void onAttached(SendingLink link);

    /** A flow changed the credit or the drain flag, or the socket took what was waiting. */
    void onSendable(SendingLink link);

    /**
     * The peer names the transaction to which what it is sent from now on belongs (AMQP 1.0 §4.4.3), ahead of the credit
     * that came with it. Whoever cannot do that ends the link.
     *
     * @param transactionId null when it shall belong to none any more
     */
    default void onAcquisition(SendingLink link, @Nullable TransactionId transactionId) {
        link.close(AmqpError.NOT_IMPLEMENTED.because(
                "messages cannot be acquired within a transaction on link " + link.name()));
    }

    /**
     * The peer changed the state of a delivery, settled it, or both. Not called for one that we have settled. One that
     * the peer settled is settled at our end, too, after this call.
     */
    void onDisposition(OutgoingDelivery delivery);

    /**
     * The peer spoke of a delivery before it saw our detach of the link: nothing may come of that any more. What it said
     * within a transaction, say, that transaction has to miss.
     */
    default void onDropped(OutgoingDelivery delivery) {}

    /**
     * Asked when the peer has detached, without an error and without closing the link: whether what it has not settled is
     * kept, so that it may go on speaking of it by delivery-id (AMQP 1.0 §2.7.6). That holds until
     * {@link SendingLink#forget}, at most as long as the session.
     */
    default boolean keepsUnsettled() {
        return false;
    }

    /** The peer changed the state of a delivery that was kept when it detached the link, settled it, or both. */
    default void onLateDisposition(OutgoingDelivery delivery) {
        onDropped(delivery);
    }

    /**
     * The peer has detached, too, after a detach of ours: what that ended is over at both ends (§2.6.6).
     *
     * @param error what the peer said was wrong; null for nothing
     */
    default void onDetachAnswered(SendingLink link, @Nullable ErrorCondition error) {}

    /**
     * The peer detached, or broke the link's rules, or attached its name again; our detach has been sent. Unsettled deliveries hear nothing more. Not called when we detached
     * first, nor when the session or the connection ends.
     *
     * @param closed the peer gave the terminus up
     */
    void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition error);
}
