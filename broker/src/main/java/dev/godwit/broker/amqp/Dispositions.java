package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Modified;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * What the peer of one consumer link says of its deliveries, and what becomes of them by that: those outside of transactions
 * here. Owned by the connection's event loop; lives as long as the link.
 */
final class Dispositions {
    private final ConsumerLink link;
    private final LinkOutcomes outcomes;
    private final Acquisitions acquisitions;
    private final Retirements retirements;
    private final LostDeliveries lost;
    private final EventLoop owner;

    /** @param owner the loop of the link */
    Dispositions(
            ConsumerLink link,
            LinkOutcomes outcomes,
            Acquisitions acquisitions,
            Retirements retirements,
            LostDeliveries lost,
            EventLoop owner) {
        this.link = link;
        this.outcomes = outcomes;
        this.acquisitions = acquisitions;
        this.retirements = retirements;
        this.lost = lost;
        this.owner = owner;
    }

    void onDisposition(OutgoingDelivery delivery) {
        if (lost.answers(delivery)) {
            return;
        }
        if (delivery.attachment() instanceof ConsumerTerminus.Held resumed) {
            onResumed(delivery, resumed);
            return;
        }
        if (delivery.remoteState() instanceof TransactionalState state) {
            retirements.onTransactional(delivery, state);
            return;
        }
        if (delivery.attachment() instanceof Acquisitions.Acquired acquired
                && acquired.transaction().isActive()) {
            acquisitions.refuseOutcome(acquired);
            return;
        }
        if (delivery.attachment() instanceof Retirements.Retired) {
            retirements.onSettled(delivery);
            return;
        }
        var entry = Retirements.entryOf(delivery);
        if (entry == null) {
            return;
        }
        if (delivery.remoteState() instanceof Outcome outcome) {
            if (outcomes.allows(outcome)) {
                settle(delivery, entry, outcome);
            } else {
                link.closeFor(outcomes.notAgreed(outcome));
            }
        } else if (delivery.isRemotelySettled()) {
            settle(delivery, entry, outcomes.byDefault());
        }
    }

    /** What a delivery gets that an earlier link of this name began. */
    void onResumed(OutgoingDelivery delivery, ConsumerTerminus.Held resumed) {
        Outcome outcome;
        if (delivery.remoteState() instanceof TransactionalState state) {
            retirements.onResumed(delivery, resumed, state, owner);
            return;
        }
        if (delivery.remoteState() instanceof Outcome theirs && outcomes.allows(theirs)) {
            outcome = theirs;
        } else if (delivery.isRemotelySettled()) {
            outcome = outcomes.byDefault();
        } else {
            return;
        }
        delivery.attach(null);
        var kept = link.terminus();
        if (kept != null) {
            // Settled here only when it is safe: a link that comes before that waits for it.
            kept.awaitAnswer();
        }
        resumed.stake().settle(resumed.entry(), outcome, owner, wasLost -> {
            if (link.isHeard() && wasLost) {
                lost.answer(delivery);
            } else if (link.isHeard()) {
                delivery.settle(delivery.isRemotelySettled() ? null : outcome);
            }
            if (kept != null) {
                kept.onAnswer();
            }
        });
        link.letGo(delivery);
    }

    private void settle(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        delivery.attach(null);
        boolean cutOff = link.outflow().cutOff(entry);
        settleWith(delivery, entry, outcome);
        link.letGo(delivery);
        if (cutOff) {
            link.outflow().sendBehind();
        }
    }

    private void settleWith(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        if (!delivery.isRemotelySettled() && (outcome instanceof Accepted || entry.hold() != null)) {
            settleInTurn(delivery, entry, outcome);
            return;
        }
        if (outcome instanceof Accepted) {
            link.door().consume(entry);
            delivery.settle(null);
            return;
        }
        if (outcome instanceof Released) {
            link.door().giveBack(entry, false, false);
        } else if (outcome instanceof Rejected rejected) {
            link.door().reject(entry, rejected.error());
        } else if (outcome instanceof Modified modified) {
            link.door()
                    .giveBack(
                            entry,
                            modified.deliveryFailed(),
                            modified.undeliverableHere(),
                            modified.messageAnnotations());
        }
        delivery.settle(outcome);
    }

    /** The peer waits for our word: it may not come before a removal is on the disk, nor for what it has lost by then. */
    private void settleInTurn(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        var kept = link.terminus();
        if (kept != null) {
            kept.awaitAnswer();
        }
        link.door().settle(entry, outcome, new ConsumerDoor.Acceptance() {
            @Override
            public void run() {
                if (link.isHeard()) {
                    delivery.settle(outcome);
                }
                onAnswered(kept);
            }

            @Override
            public void onLost() {
                if (link.isHeard()) {
                    lost.answer(delivery);
                }
                onAnswered(kept);
            }
        });
    }

    private static void onAnswered(@Nullable ConsumerTerminus kept) {
        if (kept != null) {
            kept.onAnswer();
        }
    }
}
