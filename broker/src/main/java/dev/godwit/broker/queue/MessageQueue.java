package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of one queue, in order, and its consumers.
 *
 * <p>Owned by its shard's {@link EventLoop}: every method runs there. Another loop asks through a {@link QueueDoor}. A
 * change of state is recorded first and takes effect when the journal has committed the record: a message is visible,
 * and its sender hears of it, only then.
 *
 * <p>A message comes through {@link Arrivals} into the {@link FreshLine}, which holds most of a long queue as references
 * only. When a consumer gives it back it stands among the {@link ReturnedEntries}; when nobody is to have it any more it
 * goes through {@link Departures} or {@link Removals}.
 */
public final class MessageQueue {
    private static final Logger log = LoggerFactory.getLogger(MessageQueue.class);

    /** Messages of a deleted queue that are removed in one go. */
    private static final int CLEARED_MAX = 10_000;

    /** Arrivals that a waiting consumer will have taken before long, so that they need not leave memory. */
    private static final int WANTED_MAX = 512;

    static final long JOURNAL_FULL_RETRY_MILLIS = 5;

    private static final ErrorCondition TOO_MANY_ATTEMPTS = new ErrorCondition(
            Symbol.of("godwit:too-many-delivery-attempts"), "the message was given back as failed too often");

    private final QueueName id;
    private final EventLoop owner;
    private final QueueLog journal;
    private final DeadLetters deadLetters;
    private final QueueLimits limits;
    private final Arrivals arrivals;
    private final FreshLine line;
    private final ReturnedEntries returned;
    private final Departures departures;
    private final DeliveryNotes notes;
    private final Removals removals;
    private final Expiry expiry;
    private final Dispatch dispatch;
    private final List<QueueConsumer> consumers = new ArrayList<>();

    /** Indices of messages that cannot be read: they stay in the journal as long as the queue. */
    private final ArrayDeque<Long> damaged = new ArrayDeque<>();

    private final QueueCounters counters = new QueueCounters();
    private final HeldBytes held;
    private long lastConsumerNumber;
    private QueueSettings settings = QueueSettings.NONE;

    /** Messages that transactions have posted and that are not here yet. */
    private long posted;

    private boolean turnEndPosted;
    private boolean deleted;

    public MessageQueue(
            QueueName id, EventLoop owner, Clock clock, QueueLog journal, DeadLetters deadLetters, QueueLimits limits) {
        this.id = id;
        this.owner = owner;
        this.journal = journal;
        this.deadLetters = deadLetters;
        this.limits = limits;
        var hearing = new Hearing();
        this.arrivals = new Arrivals(id, owner, journal, this::admit);
        this.line = new FreshLine(this, journal, limits.memory(), hearing);
        this.returned = new ReturnedEntries(journal, limits.memory(), hearing);
        this.departures = new Departures(deadLetters, journal, limits.memory(), hearing);
        this.notes = new DeliveryNotes(id, journal);
        this.removals = new Removals(id.queueId(), journal, owner);
        this.held = new HeldBytes(id.name(), clock);
        this.expiry = new Expiry(id.name(), owner, clock, hearing);
        this.dispatch = new Dispatch(
                line, returned, journal, this::postTurnEnd, expiry, counters, limits.memory(), clock, this::onExpired);
    }

    public String name() {
        return id.name();
    }

    /** Known from the start and never changed: any thread may ask. */
    boolean isTemporary() {
        return !id.isDurable();
    }

    public EventLoop owner() {
        return owner;
    }

    /** Takes over the messages that the journal held when the broker started. Before any others come. */
    public void restore(StoredMessages stored) {
        owner.assertCurrent();
        line.restore(stored);
        expiry.restore(stored.expiryTimes());
        counters.onRestored(line.waiting());
        postTurnEnd();
    }

    /**
     * Bounds what is here in memory: when it is more, the oldest messages that nobody has are dropped. For a queue whose
     * messages are nowhere else.
     */
    public void holdAtMost(long bytesMax) {
        owner.assertCurrent();
        held.bound(bytesMax);
    }

    /** A message takes so much more in memory, or less. */
    void onCounted(long bytes) {
        held.add(bytes);
    }

    /** What holds here from now on. */
    public void apply(QueueSettings newSettings) {
        owner.assertCurrent();
        settings = newSettings;
    }

    /** Nothing leaves by itself the queue where dead letters end up, nor one that is its own. */
    private boolean isLastResort() {
        return deadLetters.isLastResort(name()) || name().equals(settings.deadLetterAddress());
    }

    /** Takes a message in, as far as the journal does. The entry's reply tells how it ended. */
    void enqueue(QueueEntry entry) {
        owner.assertCurrent();
        entry.count(limits.memory(), entry.fullBytes());
        var branch = entry.takeBranch();
        if (deleted) {
            refuse(entry);
        } else if (branch != null) {
            branch.post(entry);
        } else {
            arrivals.add(entry);
        }
    }

    /** What a transaction does in this shard. The client's loop may ask: it touches nothing of the queue. */
    ShardBranch branchOf(QueueTransaction transaction) {
        return transaction.branch(journal, owner);
    }

    /** True when durable messages go to the journal. */
    boolean isKept() {
        return id.isDurable();
    }

    MessageEnqueued record(QueueEntry entry, Message message) {
        return arrivals.recordOf(entry, message);
    }

    /** A transaction has posted a message, and says later whether it comes. */
    void onPosted() {
        posted++;
    }

    /** It comes: its transaction was committed. */
    void admitPosted(QueueEntry entry, boolean afterRecord) {
        posted--;
        arrivals.addCommitted(entry, afterRecord);
    }

    /** It does not come: its transaction was rolled back. */
    void dropPosted(QueueEntry entry) {
        posted--;
        var parts = entry.parts();
        if (parts != null) {
            parts.giveUp();
        }
        end(entry);
    }

    /** A consumer settles the message within a transaction: nobody is given it until that ends. */
    void retire(QueueEntry entry) {
        var consumer = entry.holder;
        if (consumer == null) {
            throw new IllegalStateException("queue " + name() + ": nobody holds message " + entry.sequence());
        }
        consumer.letGo(entry);
        entry.become(EntryState.RETIRED);
    }

    /** The consumer has the message again, as if it had not settled it. */
    void takeBackRetired(QueueEntry entry, QueueConsumer consumer) {
        entry.become(EntryState.ACQUIRED);
        consumer.holdAgain(entry);
    }

    /** The transaction was committed. When the message was accepted, the journal knows of it. */
    void endRetired(QueueEntry entry, QueueConsumer consumer, Outcome outcome) {
        takeBackRetired(entry, consumer);
        if (outcome instanceof Outcome.Accepted) {
            letGo(entry);
            counters.onConsumed();
            entry.become(EntryState.GONE);
            entry.count(limits.memory(), 0);
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

    void refuse(QueueEntry entry) {
        entry.become(EntryState.GONE);
        entry.count(limits.memory(), 0);
        var parts = entry.parts();
        if (parts != null) {
            parts.giveUp();
        }
        entry.takeReply().onDeleted();
    }

    /** Touches nothing of the queue: the producer's loop may call it. */
    LargeArrival newLargeArrival(Message head, LongConsumer taken) {
        return new LargeArrival(this, id.queueId(), journal, owner, head, taken);
    }

    /** Removes parts of a message that will never be whole. */
    void removeParts(long[] indices, int count) {
        owner.assertCurrent();
        for (int i = 0; i < count; i++) {
            removals.add(indices[i]);
        }
        postTurnEnd();
    }

    /** Reads parts of a large message that some consumer has. */
    void readParts(long[] indices, int count, PartsListener listener) {
        owner.assertCurrent();
        journal.read(indices, count, new PartsReading(listener));
    }

    void onArrivalCommitted(QueueEntry committed) {
        owner.assertCurrent();
        arrivals.onCommitted(committed);
    }

    private void admit(QueueEntry entry) {
        if (deleted) {
            end(entry);
            return;
        }
        entry.become(EntryState.READY);
        line.add(entry, dispatch.hasTakers() && line.waiting() < WANTED_MAX);
        counters.onEnqueued();
        expiry.onLinedUp(entry.sequence(), entry.expiryTimeMillis());
        postTurnEnd();
    }

    QueueConsumer addConsumer(ConsumerPort port, Interest interest) {
        owner.assertCurrent();
        var consumer = new QueueConsumer(++lastConsumerNumber, port);
        if (deleted) {
            consumer.leave();
            port.onQueueDeleted();
            return consumer;
        }
        consumers.add(consumer);
        dispatch.join(consumer, interest);
        return consumer;
    }

    /** The consumer leaves, and what it has goes back, in order, without counting as an attempt. */
    void removeConsumer(QueueConsumer consumer) {
        owner.assertCurrent();
        if (consumer.isGone()) {
            return;
        }
        if (dispatch.isRunning()) {
            // A consumer on this loop may leave while it is being given a message: after the round, not within.
            consumer.spendCredit();
            owner.execute(() -> removeConsumer(consumer));
            return;
        }
        consumer.leave();
        consumers.remove(consumer);
        dispatch.remove(consumer);
        for (var entry = consumer.firstHeld(); entry != null; entry = consumer.firstHeld()) {
            giveBack(consumer, entry, false, false);
        }
    }

    /** @param limit how many messages the consumer may have been given in all, since it came */
    void setConsumerLimit(QueueConsumer consumer, long limit) {
        owner.assertCurrent();
        consumer.setLimit(limit);
        if (consumer.hasCredit()) {
            dispatch.offer(consumer);
            postTurnEnd();
        }
    }

    /** Gives the consumer what there is for it, takes the rest of its credit away, and says so. */
    void drainConsumer(QueueConsumer consumer, long limit) {
        owner.assertCurrent();
        consumer.setLimit(limit);
        dispatch.drain(consumer);
        if (dispatch.isUnfinished()) {
            postTurnEnd();
        }
    }

    /** The consumer is done with the message: it will not be seen again. */
    void consume(QueueConsumer consumer, QueueEntry entry, @Nullable Runnable whenSafe) {
        owner.assertCurrent();
        if (isHeldBy(consumer, entry)) {
            letGo(entry);
            counters.onConsumed();
            end(entry);
        }
        if (whenSafe != null) {
            removals.whenSafe(whenSafe);
            postTurnEnd();
        }
    }

    /**
     * What a consumer says of a message counts while it has that message: it may have left since, and another may have
     * been given it.
     */
    private static boolean isHeldBy(QueueConsumer consumer, QueueEntry entry) {
        return entry.state() == EntryState.ACQUIRED && entry.holder == consumer;
    }

    /**
     * The consumer gives the message back, to its old place.
     *
     * @param deliveryFailed counts as an attempt
     * @param undeliverableHere never again to this consumer
     */
    void giveBack(QueueConsumer consumer, QueueEntry entry, boolean deliveryFailed, boolean undeliverableHere) {
        giveBack(consumer, entry, deliveryFailed, undeliverableHere, Map.of());
    }

    /** @param annotations to be merged into the message's own from now on */
    void giveBack(
            QueueConsumer consumer,
            QueueEntry entry,
            boolean deliveryFailed,
            boolean undeliverableHere,
            Map<Symbol, Object> annotations) {
        owner.assertCurrent();
        if (dispatch.isRunning()) {
            // A consumer on this loop may give a message back while it is being given: after the round, not within.
            owner.execute(() -> giveBack(consumer, entry, deliveryFailed, undeliverableHere, annotations));
            return;
        }
        if (!isHeldBy(consumer, entry)) {
            return;
        }
        letGo(entry);
        if (undeliverableHere) {
            entry.neverAgainTo(consumer);
        }
        if (deleted) {
            end(entry);
            return;
        }
        entry.returned(deliveryFailed);
        if (deliveryFailed) {
            notes.onAttempt(entry);
        }
        if (!annotations.isEmpty()) {
            notes.annotate(entry, annotations);
        }
        if (deliveryFailed && settings.isLastAttempt(entry.deliveryCount(), limits) && !isLastResort()) {
            sendAway(entry, DeadLetter.Reason.DELIVERY_ATTEMPTS, TOO_MANY_ATTEMPTS, entry.deliveryCount());
            return;
        }
        takeBack(entry);
    }

    private void takeBack(QueueEntry entry) {
        counters.onReturned();
        returned.add(entry);
        expiry.onReturned(entry);
        dispatch.onReturned(entry);
        postTurnEnd();
    }

    /** The consumer could not be sent the message, because it cannot be read. */
    void setAside(QueueConsumer consumer, QueueEntry entry, String problem) {
        owner.assertCurrent();
        if (isHeldBy(consumer, entry)) {
            letGo(entry);
            counters.onHeldDamaged();
            setAsideForGood(entry, problem);
        }
    }

    private void setAsideForGood(QueueEntry entry, String problem) {
        entry.become(EntryState.SET_ASIDE);
        entry.count(limits.memory(), 0);
        if (entry.isInJournal()) {
            keepDamaged(entry.index());
        }
        logDamage(entry.index(), problem);
    }

    private void keepDamaged(long index) {
        if (deleted) {
            removals.add(index);
            postTurnEnd();
        } else {
            damaged.addLast(index);
        }
    }

    /** The consumer says that nobody can process the message. */
    void reject(QueueConsumer consumer, QueueEntry entry, @Nullable ErrorCondition error) {
        owner.assertCurrent();
        if (!isHeldBy(consumer, entry)) {
            return;
        }
        if (isLastResort()) {
            // There is nowhere further to go, and a reader of dead letters may not destroy them.
            giveBack(consumer, entry, true, true);
            return;
        }
        letGo(entry);
        if (deleted) {
            end(entry);
            return;
        }
        sendAway(entry, DeadLetter.Reason.REJECTED, error, entry.deliveryCount() + 1);
    }

    private void sendAway(QueueEntry entry, DeadLetter.Reason reason, @Nullable ErrorCondition error, int attempts) {
        counters.onRejected();
        entry.become(EntryState.LEAVING);
        departures.add(
                entry,
                new DeadLetter(name(), settings.deadLetterAddress(), reason, error, attempts, entry.annotations()));
    }

    private void letGo(QueueEntry entry) {
        var consumer = entry.holder;
        if (consumer == null) {
            throw new IllegalStateException("queue " + name() + ": nobody holds message " + entry.sequence());
        }
        consumer.letGo(entry);
        counters.onLetGo();
    }

    /** The message leaves for good. */
    private void end(QueueEntry entry) {
        entry.become(EntryState.GONE);
        entry.count(limits.memory(), 0);
        if (entry.isInJournal()) {
            removals.add(entry.index());
            postTurnEnd();
        }
    }

    /** Ends the queue: its messages are removed, its consumers told. A long queue is cleared in slices. */
    public void delete() {
        owner.assertCurrent();
        if (deleted) {
            return;
        }
        deleted = true;
        for (var entry = arrivals.pollUnrecorded(); entry != null; entry = arrivals.pollUnrecorded()) {
            refuse(entry);
        }
        expiry.stop();
        for (var consumer : List.copyOf(consumers)) {
            removeConsumer(consumer);
            consumer.port().onQueueDeleted();
        }
        for (var left = returned.iterator(); left.hasNext(); ) {
            var entry = left.next();
            left.remove();
            counters.onReadyDropped();
            end(entry);
        }
        clear();
    }

    private void clear() {
        if (removals.pending() >= CLEARED_MAX) {
            // The journal is full: as much waits as one record should hold.
            owner.schedule(JOURNAL_FULL_RETRY_MILLIS, this::clear);
            return;
        }
        for (int cleared = 0; cleared < CLEARED_MAX; cleared++) {
            if (!clearNext()) {
                return;
            }
        }
        owner.execute(this::clear);
    }

    private boolean clearNext() {
        var entry = line.takeOutFirst();
        if (entry != null) {
            counters.onReadyDropped();
            end(entry);
            return true;
        }
        var index = damaged.pollFirst();
        if (index != null) {
            removals.add(index);
            postTurnEnd();
        }
        return index != null;
    }

    /**
     * Removes the messages that are here now and nobody has, in slices.
     *
     * @param whenSafe told how many they were, when that is on stable storage
     */
    void purge(LongConsumer whenSafe) {
        owner.assertCurrent();
        new Purge(returned, line, new PurgeWork(whenSafe)).goOn();
    }

    private final class PurgeWork implements Purge.Work {
        private final LongConsumer whenSafe;

        PurgeWork(LongConsumer whenSafe) {
            this.whenSafe = whenSafe;
        }

        @Override
        public void removeReturned(QueueEntry entry) {
            expiry.onLeftReturned(entry);
            remove(entry);
        }

        @Override
        public void removeFromLine(QueueEntry entry) {
            expiry.onLeftLine(entry);
            remove(entry);
        }

        private void remove(QueueEntry entry) {
            counters.onReadyDropped();
            end(entry);
        }

        @Override
        public boolean hasRoom() {
            return removals.pending() < CLEARED_MAX;
        }

        @Override
        public void later(Runnable next) {
            if (hasRoom()) {
                owner.execute(next);
            } else {
                owner.schedule(JOURNAL_FULL_RETRY_MILLIS, next);
            }
        }

        @Override
        public void onDone(long messages) {
            removals.whenSafe(() -> whenSafe.accept(messages));
            postTurnEnd();
        }
    }

    /** True when no consumer is here and no message either. */
    public boolean isIdle() {
        owner.assertCurrent();
        return consumers.isEmpty()
                && arrivals.isEmpty()
                && departures.isEmpty()
                && posted == 0
                && counters.ready() + counters.acquired() == 0;
    }

    /** Consumers that wait with credit. */
    int consumersInRotation() {
        owner.assertCurrent();
        return dispatch.takers();
    }

    public QueueStatistics statistics() {
        owner.assertCurrent();
        return counters.snapshot(name(), consumers.size());
    }

    private void postTurnEnd() {
        if (!turnEndPosted) {
            turnEndPosted = true;
            owner.execute(this::onTurnEnd);
        }
    }

    private void onTurnEnd() {
        turnEndPosted = false;
        try {
            dispatch.run();
            if (dispatch.isUnfinished()) {
                postTurnEnd();
            }
            dispatch.endDrains();
            makeRoom();
        } finally {
            // Somebody may wait for a removal: it does not hang on whether a consumer fails.
            removals.flush();
        }
    }

    /** Drops the oldest that nobody has, once consumers had their chance. */
    private void makeRoom() {
        long dropped = 0;
        for (var entry = oldestInTheWay(); entry != null; entry = oldestInTheWay()) {
            expiry.onLeftLine(entry);
            counters.onOverflown();
            end(entry);
            dropped++;
        }
        if (dropped > 0) {
            held.onDropped(dropped);
        }
    }

    private @Nullable QueueEntry oldestInTheWay() {
        return held.isExceeded() ? line.takeOutFirst() : null;
    }

    private void onExpired(QueueEntry entry) {
        log.debug("queue {}: message {} expired", name(), entry.sequence());
        counters.onExpired();
        end(entry);
    }

    private void logDamage(long index, String problem) {
        log.error(
                "queue {}: message {} cannot be read and is set aside, nobody is given it: {}; the others go on",
                name(),
                index,
                problem);
    }

    /** What the parts of the queue tell it. */
    private final class Hearing
            implements FreshLine.LineListener, Rereads.RereadListener, Departures.DepartureListener, Expiry.Expiring {
        @Override
        public void onHot() {
            postTurnEnd();
        }

        @Override
        public void onReread() {
            postTurnEnd();
        }

        @Override
        public void onUnreadable(long index, String problem) {
            counters.onReadyDamaged();
            keepDamaged(index);
            logDamage(index, problem);
        }

        @Override
        public void onUnreadable(QueueEntry entry, String problem) {
            if (entry.state() == EntryState.LEAVING) {
                counters.onHeldDamaged();
                if (deleted) {
                    end(entry);
                    return;
                }
            } else {
                counters.onReadyDamaged();
                returned.remove(entry);
                expiry.onLeftReturned(entry);
            }
            setAsideForGood(entry, problem);
        }

        @Override
        public void onDeparted(QueueEntry entry) {
            end(entry);
        }

        @Override
        public void onStay(QueueEntry entry) {
            if (deleted) {
                end(entry);
            } else {
                entry.returned(false);
                takeBack(entry);
            }
        }

        @Override
        public boolean isInLine(long sequence) {
            return line.contains(sequence);
        }

        @Override
        public void onExpiredInLine(long sequence) {
            var entry = line.takeOut(sequence);
            if (entry != null) {
                MessageQueue.this.onExpired(entry);
            }
        }

        @Override
        public void onExpired(QueueEntry entry) {
            returned.remove(entry);
            MessageQueue.this.onExpired(entry);
        }
    }
}
