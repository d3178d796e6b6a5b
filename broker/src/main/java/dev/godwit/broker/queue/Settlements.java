package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.DeliveryTime;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What consumers say of the messages that one queue has given them, and what becomes of those. It counts while the consumer
 * has the message: it may have left since, and another may have been given it. Owned by the queue's loop; lives as long as
 * the queue.
 */
final class Settlements {
    private static final ErrorCondition TOO_MANY_ATTEMPTS = new ErrorCondition(
            Symbol.of("godwit:too-many-delivery-attempts"), "the message was given back as failed too often");

    private final MessageQueue queue;
    private final Dispatch dispatch;
    private final Departures departures;
    private final DeliveryNotes notes;
    private final RetryTimes retries;
    private final QueueCounters counters;
    private final DeadLetterRules rules;

    Settlements(
            MessageQueue queue,
            Dispatch dispatch,
            Departures departures,
            DeliveryNotes notes,
            RetryTimes retries,
            QueueCounters counters,
            DeadLetterRules rules) {
        this.queue = queue;
        this.dispatch = dispatch;
        this.departures = departures;
        this.notes = notes;
        this.retries = retries;
        this.counters = counters;
        this.rules = rules;
    }

    /** For how long consumers may have messages. */
    DeliveryHolds holds() {
        return dispatch.holds();
    }

    private static boolean isHeldBy(QueueConsumer consumer, QueueEntry entry) {
        return entry.state() == EntryState.ACQUIRED && entry.holder == consumer;
    }

    /** The consumer is done with the message: it will not be seen again. */
    void consume(QueueConsumer consumer, QueueEntry entry, @Nullable Runnable whenSafe) {
        queue.owner().assertCurrent();
        if (isHeldBy(consumer, entry)) {
            consumer.catchUp();
            tellConsumed(consumer);
            letGo(entry);
            counters.onConsumed();
            queue.exits().end(entry);
        }
        if (whenSafe != null) {
            queue.whenRemoved(whenSafe);
        }
    }

    /** What becomes of a message that the consumer has. */
    void settle(QueueConsumer consumer, QueueEntry entry, Outcome outcome) {
        if (outcome instanceof Outcome.Accepted) {
            consume(consumer, entry, null);
        } else if (outcome instanceof Outcome.Rejected rejected) {
            reject(consumer, entry, rejected.error());
        } else if (outcome instanceof Outcome.Modified modified) {
            giveBack(
                    consumer,
                    entry,
                    modified.deliveryFailed(),
                    modified.undeliverableHere(),
                    modified.messageAnnotations());
        } else {
            giveBack(consumer, entry, false, false);
        }
    }

    /**
     * What becomes of a message whose consumer was lost with it. A failure so counts; but no message is a dead letter, or has
     * to wait, that perhaps nobody has looked at: for that a consumer has to say once that it failed. And nobody can have
     * been done with what was not sent whole.
     */
    void lose(QueueConsumer consumer, QueueEntry entry, Outcome byDefault) {
        if (byDefault instanceof Outcome.Modified modified) {
            var lost = new Outcome.Modified(modified.deliveryFailed(), false, modified.messageAnnotations());
            giveBack(consumer, entry, lost, false, true);
        } else if (entry.wasDelivered()) {
            settle(consumer, entry, byDefault);
        } else {
            giveBack(consumer, entry, false, false);
        }
    }

    /** A consumer has processed a message, and the journal knows that. */
    void endConsumed(QueueEntry entry) {
        if (entry.holder != null) {
            entry.holder.catchUp();
            tellConsumed(entry.holder);
        }
        letGo(entry);
        counters.onConsumed();
        queue.exits().endRemoved(entry);
    }

    /**
     * The consumer gives the message back, to its old place.
     *
     * @param deliveryFailed counts as an attempt
     * @param undeliverableHere never again to this consumer
     */
    void giveBack(QueueConsumer consumer, QueueEntry entry, boolean deliveryFailed, boolean undeliverableHere) {
        giveBack(consumer, entry, new Outcome.Modified(deliveryFailed, undeliverableHere, Map.of()), true, false);
    }

    /**
     * The consumer's peer says so.
     *
     * @param annotations to be merged into the message's own from now on
     */
    void giveBack(
            QueueConsumer consumer,
            QueueEntry entry,
            boolean deliveryFailed,
            boolean undeliverableHere,
            Map<Symbol, Object> annotations) {
        giveBack(consumer, entry, new Outcome.Modified(deliveryFailed, undeliverableHere, annotations), true, true);
    }

    /** @param mayDefer whether undeliverable-here may mean that the message is to be laid aside */
    private void giveBack(
            QueueConsumer consumer, QueueEntry entry, Outcome.Modified outcome, boolean wasLookedAt, boolean mayDefer) {
        queue.owner().assertCurrent();
        if (dispatch.isRunning()) {
            // A consumer on this loop may give a message back while it is being given: after the round, not within.
            queue.owner().execute(() -> giveBack(consumer, entry, outcome, wasLookedAt, mayDefer));
            return;
        }
        if (!isHeldBy(consumer, entry)) {
            return;
        }
        consumer.catchUp();
        boolean keptBack = tellGivenBack(consumer, entry, outcome.deliveryFailed() && wasLookedAt);
        letGo(entry);
        boolean undeliverableHere = outcome.undeliverableHere();
        var annotations = outcome.messageAnnotations();
        boolean deferred = dispatch.deferral().isMeant(entry, undeliverableHere && mayDefer, annotations);
        if (undeliverableHere && !deferred) {
            entry.neverAgainTo(consumer);
        }
        goBack(
                entry,
                outcome.deliveryFailed(),
                deferred,
                annotations,
                wasLookedAt,
                keptBack ? null : DeadLetter.Reason.DELIVERY_ATTEMPTS,
                TOO_MANY_ATTEMPTS);
    }

    /**
     * The consumer has had the message for too long: it goes back as one that was delivered in vain, if it was sent, and
     * what the consumer says of it from now on is void.
     */
    void takeAway(QueueEntry entry, HoldEnd why, long heldMillis) {
        // Nobody can have failed on what waited at the consumer and was never sent.
        var hold = entry.hold();
        boolean failed = hold != null && hold.wasSent();
        boolean keptBack = entry.holder != null && tellGivenBack(entry.holder, entry, failed);
        if (entry.holder != null && why == HoldEnd.LOCK_LOST) {
            entry.holder.fallBehind();
        }
        var consumer = letGo(entry);
        counters.onTakenAway(why);
        boolean deferred = entry.isDeferred();
        goBack(entry.takenAway(), failed, deferred, Map.of(), failed, keptBack ? null : why.reason(), why.error());
        // A consumer on this loop may leave right there.
        if (why == HoldEnd.LOCK_LOST) {
            consumer.port().onLockLost(entry);
        } else {
            consumer.spendCredit();
            consumer.port().onHeldTooLong(entry, heldMillis);
        }
    }

    /**
     * Nobody has the message any more.
     *
     * @param deferred it is laid aside, or stays so
     * @param reason if this was its last attempt; null when it is to be no dead letter, however often it has failed
     */
    private void goBack(
            QueueEntry entry,
            boolean deliveryFailed,
            boolean deferred,
            Map<Symbol, Object> annotations,
            boolean wasLookedAt,
            DeadLetter.@Nullable Reason reason,
            ErrorCondition error) {
        if (queue.isDeleted()) {
            queue.exits().end(entry);
            return;
        }
        boolean changes = deferred != entry.isDeferred();
        entry.returned(deliveryFailed);
        entry.waitUntil(
                deferred
                        ? DeliveryTime.DEFERRED
                        : retries.notBeforeMillis(
                                deliveryFailed && wasLookedAt ? entry.deliveryCount() : 0, annotations));
        if (deliveryFailed || changes || (entry.isDelayed() && !deferred)) {
            notes.onReturned(entry);
        }
        var added = changes ? DeferralRules.marked(annotations, deferred) : annotations;
        if (!added.isEmpty()) {
            notes.annotate(entry, added);
        }
        if (reason != null && deliveryFailed && wasLookedAt && rules.isLastAttempt(entry)) {
            sendAway(entry, reason, error, entry.deliveryCount());
        } else if (deferred) {
            queue.deferred().takeBack(entry);
        } else if (entry.isDelayed()) {
            queue.delayed().takeBack(entry);
        } else {
            queue.takeBack(entry);
        }
    }

    /**
     * Messages that were laid aside, by their numbers, are to be given out like others again, each at its old place.
     *
     * @return how many of them were there
     */
    int returnDeferred(Collection<Long> numbers) {
        int count = 0;
        for (long number : numbers) {
            var entry = queue.deferred().find(number);
            if (entry != null) {
                queue.deferred().takeOut(entry);
                entry.waitUntil(DeliveryTime.AT_ONCE);
                notes.onReturned(entry);
                notes.annotate(entry, DeferralRules.marked(Map.of(), false));
                queue.comeBack(entry);
                count++;
            }
        }
        return count;
    }

    /** The consumer could not be sent the message, because it cannot be read. */
    void setAside(QueueConsumer consumer, QueueEntry entry, String problem) {
        queue.owner().assertCurrent();
        if (isHeldBy(consumer, entry)) {
            tellGivenBack(consumer, entry, false);
            letGo(entry);
            counters.onHeldDamaged();
            queue.exits().setAside(entry, problem);
        }
    }

    /** The consumer says that nobody can process the message. */
    void reject(QueueConsumer consumer, QueueEntry entry, @Nullable ErrorCondition error) {
        queue.owner().assertCurrent();
        if (!isHeldBy(consumer, entry)) {
            return;
        }
        if (rules.isLastResort()) {
            // There is nowhere further to go, and a reader of dead letters may not destroy them.
            giveBack(consumer, entry, true, true);
            return;
        }
        if (queue.consumers().breaker() != null && dispatch.isRunning()) {
            queue.owner().execute(() -> reject(consumer, entry, error));
            return;
        }
        consumer.catchUp();
        boolean keptBack = tellGivenBack(consumer, entry, true);
        letGo(entry);
        if (keptBack) {
            goBack(entry, true, entry.isDeferred(), Map.of(), true, null, TOO_MANY_ATTEMPTS);
            return;
        }
        if (queue.isDeleted()) {
            queue.exits().end(entry);
            return;
        }
        sendAway(entry, DeadLetter.Reason.REJECTED, error, entry.deliveryCount() + 1);
    }

    private void sendAway(QueueEntry entry, DeadLetter.Reason reason, @Nullable ErrorCondition error, int attempts) {
        counters.onRejected();
        entry.become(EntryState.LEAVING);
        departures.add(entry, rules.letter(entry, reason, error, attempts));
    }

    private void tellConsumed(QueueConsumer consumer) {
        var breaker = queue.consumers().breaker();
        if (breaker != null && !consumer.aside) {
            breaker.onConsumed();
        }
    }

    /** True when no message is to be a dead letter now. */
    private boolean tellGivenBack(QueueConsumer consumer, QueueEntry entry, boolean failed) {
        var breaker = queue.consumers().breaker();
        if (breaker == null || consumer.aside) {
            return false;
        }
        if (failed) {
            return breaker.onFailed();
        }
        breaker.onUndecided(entry);
        return false;
    }

    private QueueConsumer letGo(QueueEntry entry) {
        var consumer = entry.holder;
        if (consumer == null) {
            throw new IllegalStateException("queue " + queue.name() + ": nobody holds message " + entry.sequence());
        }
        consumer.letGo(entry);
        counters.onLetGo();
        return consumer;
    }
}
