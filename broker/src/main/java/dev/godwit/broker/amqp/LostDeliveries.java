package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.transaction.OpenTransactions;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries of one consumer link whose messages went back because their locks ran out. The peer still has such a delivery,
 * and hears that it lost it when it next speaks of it, unless it settles it by that: a settled delivery has no answer. Owned
 * by the connection's event loop; lives as long as the link.
 */
final class LostDeliveries {
    /** What Azure Service Bus says, whose clients know it. */
    private static final ErrorCondition LOCK_LOST = new ErrorCondition(
            Symbol.of("com.microsoft:message-lock-lost"),
            "the lock of this delivery ran out before it was settled: the message went back to its queue");

    private static final Outcome LOST = new Outcome.Rejected(LOCK_LOST);

    /**
     * What a delivery remembers that was lost.
     *
     * @param ended the transaction in which the peer had settled it, and which was rolled back before the lock ran out;
     *     null for none
     */
    private record Lost(@Nullable TransactionId ended) {
        boolean isOf(TransactionalState state) {
            return ended != null && ended.equals(state.transactionId());
        }
    }

    private final ConsumerLink link;
    private final LinkOutcomes outcomes;
    private final OpenTransactions transactions;

    LostDeliveries(ConsumerLink link, LinkOutcomes outcomes, OpenTransactions transactions) {
        this.link = link;
        this.outcomes = outcomes;
        this.transactions = transactions;
    }

    /** A message is about to be sent that the peer will have to settle: the tag names its lock. */
    void beforeSending(SendingLink on, QueueEntry entry) {
        var hold = entry.hold();
        var token = hold == null ? null : hold.token();
        if (token != null) {
            on.tagNext(token.tag());
        }
    }

    /** It was sent. */
    void onSent(OutgoingDelivery delivery, QueueEntry entry) {
        var hold = entry.hold();
        if (hold != null) {
            hold.remember(delivery);
        }
    }

    /** The delivery of an entry that the peer has, and of which it has not spoken yet; null for none. */
    @Nullable
    OutgoingDelivery of(QueueEntry entry) {
        var hold = entry.hold();
        return hold != null
                        && hold.delivery() instanceof OutgoingDelivery delivery
                        && Retirements.entryOf(delivery) == entry
                ? delivery
                : null;
    }

    /** The message has gone back. */
    void onLost(OutgoingDelivery delivery) {
        delivery.attach(new Lost(Retirements.transactionOf(delivery)));
        link.letGo(delivery);
    }

    /** True when nothing may be sent of it any more: the link will hear that it lost it. */
    static boolean isLost(QueueEntry entry) {
        var hold = entry.hold();
        return hold != null && hold.isLost();
    }

    /** True when the peer speaks of a delivery that it has lost: it is answered, and nothing comes of what it said. */
    boolean answers(OutgoingDelivery delivery) {
        if (!(delivery.attachment() instanceof Lost lost)) {
            return false;
        }
        if (delivery.remoteState() instanceof TransactionalState state && lost.isOf(state)) {
            // A disposition without a state, which leaves the last one as it was, or one that crossed the rollback.
            if (delivery.isRemotelySettled()) {
                answer(delivery);
            }
            return true;
        }
        if (delivery.remoteState() instanceof TransactionalState state) {
            var transaction = transactions.find(state.transactionId());
            if (transaction == null) {
                link.closeFor(ProducerLink.unknownTransaction());
                return true;
            }
            transaction.fail(LOCK_LOST);
        }
        var said = delivery.remoteState();
        if (delivery.isRemotelySettled() || said instanceof Outcome || said instanceof TransactionalState) {
            answer(delivery);
        }
        return true;
    }

    /** The peer hears that it has lost it, if it waits for an answer, in words that it knows. */
    void answer(OutgoingDelivery delivery) {
        delivery.attach(null);
        delivery.settle(delivery.isRemotelySettled() || !outcomes.allows(LOST) ? null : LOST);
    }
}
