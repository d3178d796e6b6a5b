package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of one queue, in order, and its consumers.
 *
 * <p>Owned by its shard's {@link EventLoop}: every method runs there. Another loop asks through a {@link QueueDoor}. A
 * change of state is recorded first and takes effect when the journal has committed the record: a message is visible,
 * and its sender hears of it, only then.
 */
public final class MessageQueue {
    private static final Logger log = LoggerFactory.getLogger(MessageQueue.class);

    /** Messages given out in one go before other work of the loop gets its turn. */
    private static final int DISPATCH_MAX = 1_000;

    static final long JOURNAL_FULL_RETRY_MILLIS = 5;

    private static final ErrorCondition TOO_MANY_ATTEMPTS = new ErrorCondition(
            Symbol.of("godwit:too-many-delivery-attempts"), "the message was given back as failed too often");

    private final QueueName id;
    private final EventLoop owner;
    private final Clock clock;
    private final QueueLog journal;
    private final DeadLetters deadLetters;
    private final QueueLimits limits;

    /** In order of arrival; the journal has not committed the first one yet. */
    private final ArrayDeque<QueueEntry> arriving = new ArrayDeque<>();

    /** In order of arrival; waits because the journal is full, or stands behind one that does. */
    private final ArrayDeque<QueueEntry> backlog = new ArrayDeque<>();

    private final ReadyEntries ready = new ReadyEntries();
    private final List<QueueConsumer> consumers = new ArrayList<>();
    private final ConsumerRotation rotation = new ConsumerRotation();
    private final Removals removals;
    private final Expiry expiry;
    private final QueueCounters counters = new QueueCounters();
    private long lastSequence;
    private long lastConsumerNumber;
    private boolean backlogRetryScheduled;
    private boolean turnEndPosted;
    private boolean dispatching;
    private boolean deleted;

    public MessageQueue(
            QueueName id, EventLoop owner, Clock clock, QueueLog journal, DeadLetters deadLetters, QueueLimits limits) {
        this.id = id;
        this.owner = owner;
        this.clock = clock;
        this.journal = journal;
        this.deadLetters = deadLetters;
        this.limits = limits;
        this.removals = new Removals(id.queueId(), journal, owner);
        this.expiry = new Expiry(id.name(), owner, clock, this::onExpired);
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

    /** A message that the journal held when the broker started; in the order of arrival. */
    public void restore(long index, Message message, int deliveryCount) {
        owner.assertCurrent();
        var entry = new QueueEntry(this, message, EnqueueReply.NOBODY);
        entry.takeIndex(index);
        entry.takeSequence(++lastSequence);
        entry.restoreDeliveryCount(deliveryCount);
        limits.memory().add(entry.footprintBytes());
        admit(entry);
    }

    /** Takes a message in, as far as the journal does. The entry's reply tells how it ended. */
    void enqueue(QueueEntry entry) {
        owner.assertCurrent();
        limits.memory().add(entry.footprintBytes());
        if (deleted) {
            refuse(entry);
        } else if (backlog.isEmpty()) {
            takeIn(entry);
        } else {
            backlog.addLast(entry);
        }
    }

    private void refuse(QueueEntry entry) {
        entry.become(EntryState.GONE);
        limits.memory().subtract(entry.footprintBytes());
        entry.takeReply().onRefused();
    }

    private void takeIn(QueueEntry entry) {
        entry.takeSequence(++lastSequence);
        if (entry.message().isDurable() && id.isDurable()) {
            record(entry);
        } else if (arriving.isEmpty()) {
            admit(entry);
            entry.takeReply().onSafe();
        } else {
            // First deliveries keep the order of sending: it may not overtake durable ones that wait for the disk.
            arriving.addLast(entry);
            entry.takeReply().onSafe();
        }
    }

    private void record(QueueEntry entry) {
        var message = entry.message();
        try {
            entry.takeIndex(journal.append(
                    new MessageEnqueued(id.queueId(), message.arrivalTimeMillis(), message.encoded()), entry));
        } catch (JournalFullException full) {
            backlog.addFirst(entry);
            retryBacklogLater();
            return;
        }
        arriving.addLast(entry);
    }

    /** The sender hears of it by its credit: it gets no more before the journal has taken what it sent. */
    private void retryBacklogLater() {
        if (!backlogRetryScheduled) {
            backlogRetryScheduled = true;
            owner.schedule(JOURNAL_FULL_RETRY_MILLIS, this::retryBacklog);
        }
    }

    private void retryBacklog() {
        backlogRetryScheduled = false;
        while (!backlog.isEmpty() && !backlogRetryScheduled) {
            takeIn(backlog.removeFirst());
        }
    }

    void onArrivalCommitted(QueueEntry committed) {
        owner.assertCurrent();
        // Commits come in the order of the log, so all that arrived before it is here already.
        if (arriving.pollFirst() != committed) {
            throw new IllegalStateException("queue " + name() + ": commits came out of order");
        }
        admit(committed);
        committed.takeReply().onSafe();
        while (!arriving.isEmpty() && !arriving.getFirst().isInJournal()) {
            admit(arriving.removeFirst());
        }
    }

    private void admit(QueueEntry entry) {
        if (deleted) {
            end(entry);
            return;
        }
        entry.become(EntryState.READY);
        ready.addFresh(entry);
        counters.onEnqueued();
        expiry.watch(entry);
        postTurnEnd();
    }

    QueueConsumer addConsumer(ConsumerPort port) {
        owner.assertCurrent();
        var consumer = new QueueConsumer(++lastConsumerNumber, port);
        if (deleted) {
            consumer.leave();
            port.onQueueDeleted();
            return consumer;
        }
        consumers.add(consumer);
        return consumer;
    }

    /** The consumer leaves, and what it has goes back, in order, without counting as an attempt. */
    void removeConsumer(QueueConsumer consumer) {
        owner.assertCurrent();
        if (consumer.isGone()) {
            return;
        }
        consumer.leave();
        consumers.remove(consumer);
        rotation.remove(consumer);
        for (var entry = consumer.firstHeld(); entry != null; entry = consumer.firstHeld()) {
            giveBack(entry, false, false);
        }
    }

    /** @param limit how many messages the consumer may have been given in all, since it came */
    void setConsumerLimit(QueueConsumer consumer, long limit) {
        owner.assertCurrent();
        consumer.setLimit(limit);
        if (consumer.hasCredit()) {
            rotation.offer(consumer);
            postTurnEnd();
        }
    }

    /** Gives the consumer what there is for it, takes the rest of its credit away, and says so. */
    void drainConsumer(QueueConsumer consumer, long limit) {
        owner.assertCurrent();
        consumer.setLimit(limit);
        rotation.offer(consumer);
        while (consumer.hasCredit() && dispatch() > 0) {
            // Another consumer may have been served; go on until nothing moves.
        }
        consumer.spendCredit();
        consumer.port().onDrained();
    }

    /** The consumer is done with the message: it will not be seen again. */
    void consume(QueueEntry entry, @Nullable Runnable whenSafe) {
        owner.assertCurrent();
        if (entry.state() == EntryState.ACQUIRED) {
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
     * The consumer gives the message back, to its old place.
     *
     * @param deliveryFailed counts as an attempt
     * @param undeliverableHere never again to this consumer
     */
    void giveBack(QueueEntry entry, boolean deliveryFailed, boolean undeliverableHere) {
        owner.assertCurrent();
        if (dispatching) {
            // A consumer on this loop may give a message back while it is being given: after the round, not within.
            owner.execute(() -> giveBack(entry, deliveryFailed, undeliverableHere));
            return;
        }
        if (entry.state() != EntryState.ACQUIRED) {
            return;
        }
        var consumer = letGo(entry);
        if (undeliverableHere) {
            entry.neverAgainTo(consumer);
        }
        if (deleted) {
            end(entry);
            return;
        }
        entry.returned(deliveryFailed);
        if (deliveryFailed && entry.isInJournal()) {
            recordAttempt(entry);
        }
        if (deliveryFailed && limits.isLastAttempt(entry.deliveryCount()) && !deadLetters.isLastResort(name())) {
            sendAway(entry, TOO_MANY_ATTEMPTS);
            return;
        }
        counters.onReturned();
        ready.addReturned(entry);
        expiry.watch(entry);
        postTurnEnd();
    }

    private void recordAttempt(QueueEntry entry) {
        try {
            journal.appendLazily(
                    new MessageReturned(id.queueId(), entry.index(), entry.deliveryCount()), Parked.NOTHING);
        } catch (JournalFullException full) {
            log.debug(
                    "queue {}: attempt of message {} counted in memory only: {}",
                    name(),
                    entry.index(),
                    full.getMessage());
        }
    }

    /** The consumer says that nobody can process the message. */
    void reject(QueueEntry entry, @Nullable ErrorCondition error) {
        owner.assertCurrent();
        if (entry.state() != EntryState.ACQUIRED) {
            return;
        }
        if (deadLetters.isLastResort(name())) {
            // There is nowhere further to go, and a reader of dead letters may not destroy them.
            giveBack(entry, true, true);
            return;
        }
        letGo(entry);
        if (deleted) {
            end(entry);
            return;
        }
        sendAway(entry, error);
    }

    private void sendAway(QueueEntry entry, @Nullable ErrorCondition error) {
        counters.onRejected();
        entry.become(EntryState.LEAVING);
        deadLetters.take(name(), entry.message(), error, new EnqueueReply() {
            @Override
            public void onSafe() {
                end(entry);
            }

            @Override
            public void onRefused() {
                stay(entry);
            }

            @Override
            public void onInDoubt() {}
        });
    }

    /** Could not leave: back to its place. */
    private void stay(QueueEntry entry) {
        if (deleted) {
            end(entry);
            return;
        }
        entry.returned(false);
        counters.onReturned();
        ready.addReturned(entry);
        expiry.watch(entry);
        postTurnEnd();
    }

    private QueueConsumer letGo(QueueEntry entry) {
        var consumer = entry.holder;
        if (consumer == null) {
            throw new IllegalStateException("queue " + name() + ": nobody holds message " + entry.sequence());
        }
        consumer.letGo(entry);
        counters.onLetGo();
        return consumer;
    }

    private void onExpired(QueueEntry entry) {
        if (entry.state() != EntryState.READY) {
            return;
        }
        log.debug("queue {}: message {} expired", name(), entry.sequence());
        counters.onExpired();
        ready.leave(entry);
        end(entry);
    }

    /** The message leaves for good. */
    private void end(QueueEntry entry) {
        entry.become(EntryState.GONE);
        limits.memory().subtract(entry.footprintBytes());
        remove(entry);
    }

    private void remove(QueueEntry entry) {
        if (entry.isInJournal()) {
            removals.add(entry.index());
            postTurnEnd();
        }
    }

    /** Ends the queue: its messages are removed, its consumers told. */
    public void delete() {
        owner.assertCurrent();
        if (deleted) {
            return;
        }
        for (var entry = ready.peekFresh(); entry != null; entry = ready.peekFresh()) {
            end(entry);
        }
        for (var left = ready.returned(); left.hasNext(); ) {
            var entry = left.next();
            left.remove();
            end(entry);
        }
        deleted = true;
        backlog.forEach(this::refuse);
        backlog.clear();
        expiry.stop();
        for (var consumer : List.copyOf(consumers)) {
            removeConsumer(consumer);
            consumer.port().onQueueDeleted();
        }
    }

    /** True when no consumer is here and no message either. */
    public boolean isIdle() {
        owner.assertCurrent();
        return consumers.isEmpty() && arriving.isEmpty() && counters.ready() + counters.acquired() == 0;
    }

    /** Consumers that wait with credit. */
    int consumersInRotation() {
        owner.assertCurrent();
        return rotation.size();
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
        if (dispatch() == DISPATCH_MAX) {
            postTurnEnd();
        }
        removals.flush();
    }

    /** Gives out what may be given out, at most {@link #DISPATCH_MAX} messages; returns how many. */
    private int dispatch() {
        if (rotation.isEmpty()) {
            return 0;
        }
        dispatching = true;
        try {
            return giveOut();
        } finally {
            dispatching = false;
        }
    }

    private int giveOut() {
        int count = 0;
        long nowMillis = clock.nowMillis();
        for (var returned = ready.returned(); returned.hasNext() && !rotation.isEmpty() && count < DISPATCH_MAX; ) {
            var entry = returned.next();
            var consumer = rotation.takeFor(entry);
            if (consumer != null) {
                returned.remove();
                give(entry, consumer, nowMillis);
                count++;
            }
        }
        while (!rotation.isEmpty() && count < DISPATCH_MAX) {
            var entry = ready.peekFresh();
            if (entry == null) {
                break;
            }
            var consumer = rotation.takeFor(entry);
            if (consumer == null) {
                break;
            }
            ready.removeFresh();
            give(entry, consumer, nowMillis);
            count++;
        }
        return count;
    }

    private void give(QueueEntry entry, QueueConsumer consumer, long nowMillis) {
        expiry.forget(entry);
        if (entry.message().isExpired(nowMillis)) {
            onExpired(entry);
        } else {
            counters.onAcquired();
            entry.acquiredBy(consumer);
            consumer.port().onMessage(entry);
        }
        rotation.offer(consumer);
    }
}
