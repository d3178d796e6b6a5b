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
import org.jspecify.annotations.Nullable;

/**
 * What the peer of one consumer link says of its deliveries within transactions (AMQP 1.0 §4.4.2). A delivery remembers by
 * its attachment where it stands. Owned by the connection's event loop; lives as long as the link.
 */
final class Retirements {
    private final ConsumerLink link;
    private final LinkOutcomes outcomes;
    private final OpenTransactions transactions;

    Retirements(ConsumerLink link, LinkOutcomes outcomes, OpenTransactions transactions) {
        this.link = link;
        this.outcomes = outcomes;
        this.transactions = transactions;
    }

    /** What the peer has said within a transaction of a delivery that it has not settled. */
    record Retired(QueueEntry entry, Transaction transaction, Outcome outcome) {
        boolean isIn(TransactionalState state) {
            return transaction.id().equals(state.transactionId());
        }
    }

    /** What the peer had said within a transaction that was rolled back: it has the delivery as before. */
    private record Restored(QueueEntry entry, TransactionId rolledBack) {}

    /** Null when the peer has nothing more to say of the delivery. */
    static @Nullable QueueEntry entryOf(OutgoingDelivery delivery) {
        if (delivery.attachment() instanceof QueueEntry entry) {
            return entry;
        }
        if (delivery.attachment() instanceof Retired retired) {
            return retired.entry();
        }
        return delivery.attachment() instanceof Restored restored ? restored.entry() : null;
    }

    /** The peer says what is to become of the message when its transaction is committed. */
    void onTransactional(OutgoingDelivery delivery, TransactionalState state) {
        var entry = entryOf(delivery);
        if (entry == null) {
            return;
        }
        var before = delivery.attachment() instanceof Retired retired ? retired : null;
        if (before != null && !before.transaction().isActive() && before.isIn(state)) {
            // Its discharge is on the way: nothing can be changed, but the peer may let go of the delivery.
            onSettled(delivery);
            return;
        }
        if (delivery.attachment() instanceof Restored restored
                && restored.rolledBack().equals(state.transactionId())) {
            // A disposition without a state, which leaves the last one as it was, or one that crossed the rollback.
            if (delivery.isRemotelySettled()) {
                giveUp(delivery, entry);
            }
            return;
        }
        var transaction = transactions.find(state.transactionId());
        if (transaction == null) {
            link.closeFor(ProducerLink.unknownTransaction());
            return;
        }
        if (before != null && before.transaction() != transaction) {
            link.closeFor(AmqpError.ILLEGAL_STATE.because("the delivery is part of transaction "
                    + before.transaction().id() + ", which has not ended"));
            return;
        }
        var outcome = state.outcome();
        if (outcome == null && delivery.isRemotelySettled()) {
            outcome = outcomes.byDefault();
        }
        if (outcome == null) {
            return;
        }
        if (!outcomes.allows(outcome)) {
            link.closeFor(outcomes.notAgreed(outcome));
        } else if (before != null) {
            retireAnew(delivery, before, outcome);
        } else if (transaction.onRetirement() == null) {
            retire(delivery, entry, transaction, outcome);
            if (!delivery.isRemotelySettled()) {
                transaction.whenEnded(new RetirementEnding(delivery));
            }
        } else if (delivery.isRemotelySettled()) {
            // It is rolled back, or will be; the discharge will say so. The message stays the peer's, unless it let go.
            giveUp(delivery, entry);
        }
    }

    /** The peer adds nothing to what it said within the transaction; perhaps it lets go of the delivery. */
    void onSettled(OutgoingDelivery delivery) {
        if (delivery.isRemotelySettled() && delivery.attachment() instanceof Retired retired) {
            retireAnew(delivery, retired, retired.outcome());
        }
    }

    /** The peer let go of a message that it had within a transaction that was rolled back. */
    private void giveUp(OutgoingDelivery delivery, QueueEntry entry) {
        delivery.attach(null);
        boolean cutOff = link.cutOff(entry);
        link.door().giveBack(entry, true, false);
        link.letGo(delivery);
        if (cutOff) {
            link.sendBehind();
        }
    }

    private void retireAnew(OutgoingDelivery delivery, Retired before, Outcome outcome) {
        before.transaction().onRetiredAnew();
        retire(delivery, before.entry(), before.transaction(), outcome);
    }

    private void retire(OutgoingDelivery delivery, QueueEntry entry, Transaction transaction, Outcome outcome) {
        boolean settled = delivery.isRemotelySettled();
        boolean cutOff = link.cutOff(entry);
        link.letGo(delivery);
        link.door().retire(entry, transaction, outcome, settled, transaction::onAnswered);
        if (settled) {
            delivery.attach(null);
            delivery.settle(null);
        } else {
            delivery.attach(new Retired(entry, transaction, outcome));
        }
        if (cutOff) {
            link.sendBehind();
        }
    }

    /** The end of a transaction for a delivery that the peer may not have settled. */
    private final class RetirementEnding implements Ending {
        private final OutgoingDelivery delivery;

        RetirementEnding(OutgoingDelivery delivery) {
            this.delivery = delivery;
        }

        @Override
        public void onCommitted() {
            if (!link.isGone() && delivery.attachment() instanceof Retired retired) {
                delivery.attach(null);
                delivery.settle(retired.outcome());
            }
        }

        @Override
        public void onRolledBack() {
            if (delivery.attachment() instanceof Retired retired) {
                // The peer has it as before, and may settle it once more (§4.4.2).
                delivery.attach(
                        new Restored(retired.entry(), retired.transaction().id()));
            }
        }
    }
}
