package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.runtime.EventLoop;
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

    /**
     * What the peer has said within a transaction of a delivery that it has not settled.
     *
     * @param acquiredInIt a rollback takes the message back, too
     */
    record Retired(QueueEntry entry, Transaction transaction, Outcome outcome, boolean acquiredInIt) {
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
        if (delivery.attachment() instanceof Acquisitions.Acquired acquired) {
            return acquired.entry();
        }
        return delivery.attachment() instanceof Restored restored ? restored.entry() : null;
    }

    /** In which the peer last settled what it has still; null when it did so in none. */
    static @Nullable TransactionId transactionOf(OutgoingDelivery delivery) {
        if (delivery.attachment() instanceof Retired retired) {
            return retired.transaction().id();
        }
        return delivery.attachment() instanceof Restored restored ? restored.rolledBack() : null;
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
        var acquired = delivery.attachment() instanceof Acquisitions.Acquired its ? its : null;
        var holding = before != null ? before.transaction() : acquired != null ? acquired.transaction() : null;
        if (holding != null && holding != transaction) {
            transaction.terminateControlLink(AmqpError.TRANSACTION_ROLLBACK.because("a delivery was to be retired in"
                    + " transaction " + transaction.id() + ", but it is in transaction " + holding.id()
                    + ", which has not ended"));
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
            transaction.fail(outcomes.notAgreed(outcome));
            link.closeFor(outcomes.notAgreed(outcome));
        } else if (before != null) {
            retireAnew(delivery, before, outcome);
        } else if (acquired != null && transaction.isActive()) {
            transaction.onRetiredAnew();
            retire(delivery, entry, transaction, outcome, true);
            transaction.whenEnded(new RetirementEnding(delivery));
        } else if (transaction.onRetirement() == null) {
            retire(delivery, entry, transaction, outcome, false);
            if (!delivery.isRemotelySettled()) {
                transaction.whenEnded(new RetirementEnding(delivery));
            }
        } else if (delivery.isRemotelySettled()) {
            // It is rolled back, or will be; the discharge will say so. The message stays the peer's, unless it let go.
            giveUp(delivery, entry);
        }
    }

    /** The peer had not seen that we detached the link: the message has gone back, and nothing comes of what it said. */
    void onDropped(OutgoingDelivery delivery) {
        if (!(delivery.remoteState() instanceof TransactionalState state)
                || (delivery.attachment() instanceof Retired retired && retired.isIn(state))) {
            return;
        }
        var transaction = transactions.find(state.transactionId());
        if (transaction != null) {
            transaction.fail(AmqpError.TRANSACTION_ROLLBACK.because(
                    "a message was retired that came on a link which had been closed"));
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
        boolean cutOff = link.outflow().cutOff(entry);
        link.door().giveBack(entry, true, false);
        link.letGo(delivery);
        if (cutOff) {
            link.outflow().sendBehind();
        }
    }

    private void retireAnew(OutgoingDelivery delivery, Retired before, Outcome outcome) {
        before.transaction().onRetiredAnew();
        retire(delivery, before.entry(), before.transaction(), outcome, before.acquiredInIt());
    }

    /** It was sent settled within a transaction: its acquisition and its end are one (§4.4.4.3). */
    void onSentSettled(QueueEntry entry, Transaction transaction) {
        transaction.onRetiredAnew();
        link.door().retire(entry, transaction, Outcome.Accepted.INSTANCE, Acquisitions.TAKEN_BACK, transaction);
    }

    private void retire(
            OutgoingDelivery delivery,
            QueueEntry entry,
            Transaction transaction,
            Outcome outcome,
            boolean acquiredInIt) {
        boolean cutOff = link.outflow().cutOff(entry);
        // Of one that was cut off the peer hears no more, and says no more.
        boolean isOver = delivery.isRemotelySettled() || cutOff;
        var afterRollback = isOver ? outcomes.afterRollback() : null;
        if (acquiredInIt) {
            afterRollback = Acquisitions.TAKEN_BACK;
        }
        link.letGo(delivery);
        link.door().retire(entry, transaction, outcome, afterRollback, transaction);
        if (isOver) {
            delivery.attach(null);
            delivery.settle(null);
        } else {
            delivery.attach(new Retired(entry, transaction, outcome, acquiredInIt));
        }
        if (cutOff) {
            link.outflow().sendBehind();
        }
    }

    /**
     * The same for a delivery that an earlier link of this name began. The door by which the message came is on another
     * loop, perhaps: we settle at once, as we may (§4.4.4.2).
     *
     * @param owner the loop of this link
     */
    void onResumed(
            OutgoingDelivery delivery, ConsumerTerminus.Held resumed, TransactionalState state, EventLoop owner) {
        var transaction = transactions.find(state.transactionId());
        if (transaction == null) {
            giveUpLate(delivery, resumed, owner);
            link.closeFor(ProducerLink.unknownTransaction());
            return;
        }
        var outcome = state.outcome() == null && delivery.isRemotelySettled() ? outcomes.byDefault() : state.outcome();
        if (outcome == null) {
            return;
        }
        if (!outcomes.allows(outcome)) {
            transaction.fail(outcomes.notAgreed(outcome));
            giveUpLate(delivery, resumed, owner);
            link.closeFor(outcomes.notAgreed(outcome));
        } else if (transaction.onRetirement() != null) {
            giveUpResumed(delivery, resumed, owner);
        } else {
            delivery.attach(null);
            resumed.stake().retire(resumed.entry(), transaction, outcome, outcomes.afterRollback(), owner, transaction);
            delivery.settle(delivery.isRemotelySettled() ? null : state);
            link.letGo(delivery);
        }
    }

    /** The peer let go of the message within a transaction that cannot be committed: nobody else would give it back. */
    private void giveUpResumed(OutgoingDelivery delivery, ConsumerTerminus.Held resumed, EventLoop owner) {
        if (delivery.isRemotelySettled()) {
            delivery.attach(null);
            resumed.stake().settle(resumed.entry(), Acquisitions.TAKEN_BACK, owner, wasLost -> {});
            link.letGo(delivery);
        }
    }

    /** The same for a link that is detached already: to close it would give back nothing. */
    private void giveUpLate(OutgoingDelivery delivery, ConsumerTerminus.Held resumed, EventLoop owner) {
        if (link.isGone()) {
            giveUpResumed(delivery, resumed, owner);
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
            if (link.isHeard() && delivery.attachment() instanceof Retired retired) {
                delivery.attach(null);
                delivery.settle(retired.outcome());
            }
        }

        @Override
        public void onRolledBack() {
            if (delivery.attachment() instanceof Retired retired && retired.acquiredInIt()) {
                delivery.attach(null);
                if (!link.isGone()) {
                    delivery.settle(Acquisitions.TAKEN_BACK);
                }
            } else if (delivery.attachment() instanceof Retired retired && link.isGone()) {
                // Nobody is left who could settle it, although its consumer may be here for the sake of others.
                delivery.attach(null);
                link.door().giveBack(retired.entry(), true, false);
                if (link.isHeard()) {
                    delivery.settle(Acquisitions.TAKEN_BACK);
                }
            } else if (delivery.attachment() instanceof Retired retired) {
                // The peer has it as before, and may settle it once more (§4.4.2).
                delivery.attach(
                        new Restored(retired.entry(), retired.transaction().id()));
            }
        }
    }
}
