package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
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

    /** What a delivery remembers that was lost. */
    private static final Object MARK = new Object();

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
        delivery.attach(MARK);
        link.letGo(delivery);
    }

    /** True when the peer speaks of a delivery that it has lost: it is answered, and nothing comes of what it said. */
    boolean answers(OutgoingDelivery delivery) {
        if (delivery.attachment() != MARK) {
            return false;
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
