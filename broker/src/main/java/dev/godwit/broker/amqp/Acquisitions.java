package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.transaction.Ending;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.Transaction;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer link acquires within transactions (AMQP 1.0 §4.4.3): its peer names one in a flow, and what it is sent
 * from then on belongs to that until it is discharged. A commit leaves the peer what it has not settled; a rollback takes
 * it all back. Owned by the connection's event loop; lives as long as the link.
 */
final class Acquisitions {
    /** What was acquired comes back as what was delivered in vain. */
    static final Outcome TAKEN_BACK = new Outcome.Modified(true, false, Map.of());

    private final ConsumerLink link;
    private final OpenTransactions transactions;
    private @Nullable Transaction current;

    Acquisitions(ConsumerLink link, OpenTransactions transactions) {
        this.link = link;
        this.transactions = transactions;
    }

    /** A delivery that was acquired within a transaction that is open, and of which the peer has said nothing. */
    record Acquired(QueueEntry entry, Transaction transaction) {}

    /** The peer names the transaction for what follows, or none. */
    void become(@Nullable TransactionId transactionId) {
        if (transactionId == null) {
            current = null;
            return;
        }
        var named = transactions.find(transactionId);
        if (named == null) {
            link.closeFor(ProducerLink.unknownTransaction());
        } else {
            current = named;
        }
    }

    /** The transaction to which the next message belongs, which counts it; null for none. */
    @Nullable
    Transaction acquire() {
        var acquiring = current;
        if (acquiring == null) {
            return null;
        }
        // Its discharge clears it, also where the client has left credit with us.
        if (!acquiring.isActive() || acquiring.onAcquisition() != null) {
            current = null;
        }
        return current;
    }

    static TransactionalState stateOf(Transaction transaction) {
        return new TransactionalState(transaction.id(), null);
    }

    /** A message has been sent, or begun, that the peer may settle. */
    void onSent(OutgoingDelivery delivery, QueueEntry entry, Transaction transaction) {
        delivery.attach(new Acquired(entry, transaction));
        transaction.whenEnded(new AcquisitionEnding(delivery));
    }

    /** A message that is sent settled was not whole when its transaction was discharged, which decides about it. */
    void onSentLate(QueueEntry entry, Transaction transaction) {
        transaction.whenEnded(new Ending() {
            @Override
            public void onCommitted() {
                if (!link.isGone()) {
                    link.door().consume(entry);
                }
            }

            @Override
            public void onRolledBack() {
                if (!link.isGone()) {
                    link.door().giveBack(entry, true, false);
                }
            }
        });
    }

    /** Ends the link of a peer that settles outside of the transaction what it has acquired within it (§4.4.4.3). */
    void refuseOutcome(Acquired acquired) {
        link.closeFor(AmqpError.ILLEGAL_STATE.because("the delivery was acquired in transaction "
                + acquired.transaction().id() + ", and so its outcome must be"));
    }

    /** The end of a transaction for a delivery of which the peer has said nothing before. */
    private final class AcquisitionEnding implements Ending {
        private final OutgoingDelivery delivery;

        AcquisitionEnding(OutgoingDelivery delivery) {
            this.delivery = delivery;
        }

        @Override
        public void onCommitted() {
            if (delivery.attachment() instanceof Acquired acquired) {
                delivery.attach(acquired.entry());
                if (!link.isGone() && !link.outflow().isSending(acquired.entry())) {
                    acquired.entry().onDelivered();
                }
            }
        }

        @Override
        public void onRolledBack() {
            if (!link.isGone() && delivery.attachment() instanceof Acquired acquired) {
                delivery.attach(null);
                boolean cutOff = link.outflow().cutOff(acquired.entry());
                link.door().giveBack(acquired.entry(), true, false);
                delivery.settle(TAKEN_BACK);
                if (cutOff) {
                    link.outflow().sendBehind();
                }
            }
        }
    }
}
