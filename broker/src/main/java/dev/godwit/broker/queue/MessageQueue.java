package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The messages of one queue, in order, and its consumers.
 *
 * <p>Owned by its shard's {@link EventLoop}: every method runs there. Another loop asks through a {@link QueueDoor}. A
 * change of state is recorded first and takes effect when the journal has committed the record: a message is visible,
 * and its sender hears of it, only then.
 *
 * <p>A message comes through {@link Arrivals} into the {@link Lane} of its priority, whose {@link FreshLine} holds most of a
 * long queue as references only; one that comes before its time waits among the {@link DelayedMessages}. When a consumer
 * gives it back it stands among the {@link ReturnedEntries}; when nobody is to have it any more it goes through
 * {@link Departures} or {@link Removals}.
 */
public final class MessageQueue {
    /** Arrivals that a waiting consumer will have taken before long, so that they need not leave memory. */
    private static final int WANTED_MAX = 512;

    static final long JOURNAL_FULL_RETRY_MILLIS = 5;

    private final QueueName id;
    private final EventLoop owner;
    private final Clock clock;
    private final QueueLog journal;
    private final QueueLimits limits;
    private final Entrance entrance = new Entrance(this);
    private final Arrivals arrivals;
    private final Lanes lanes;
    private final Departures departures;
    private final ExpiredMessages expired;
    private final Removals removals;
    private final Expiry expiry;
    private final TransactedMessages transacted;
    private final DelayedMessages delayed;
    private final DeferredMessages deferred;
    private final DamagedMessages damaged;
    private final Clearing clearing;
    private final DeadLetterRules rules;
    private final Dispatch dispatch;
    private final RetryTimes retries;
    private final Settlements settlements;
    private final QueueConsumers consumers;
    private final QueueCounters counters = new QueueCounters();
    private final HeldSizes sizes;
    private final CrowdedQueue crowded;
    private final Overflow overflow;
    private final Capacity capacity;
    private final Rejections rejections;
    private final DuplicateDetection duplicates;
    private final LastValues lastValues;
    private final StartReading reading;
    private final Exits exits;
    private boolean turnEndPosted;
    private boolean deleted;

    public MessageQueue(
            QueueName id, EventLoop owner, Clock clock, QueueLog journal, DeadLetters deadLetters, QueueLimits limits) {
        this.id = id;
        this.owner = owner;
        this.clock = clock;
        this.journal = journal;
        this.limits = limits;
        var hearing = new QueueHearing(this, clock);
        this.sizes = new HeldSizes(limits.memory(), limits.roomOf(id));
        this.capacity =
                new Capacity(id.name(), counters, sizes, this::leavingCount, () -> owner.execute(this::postTurnEnd));
        this.rejections = new Rejections(limits.memory(), counters, capacity);
        this.removals = new Removals(id.queueId(), journal, owner);
        this.duplicates = new DuplicateDetection(
                id, owner, clock, journal, removals, counters, rejections, limits.memory(), this::postTurnEnd);
        this.arrivals =
                new Arrivals(id, owner, journal, capacity, sizes, duplicates, rejections, limits.memory(), this::admit);
        this.transacted = new TransactedMessages(this, arrivals, duplicates, limits.memory(), counters);
        var index = new PropertyIndex(id, journal, limits.memory(), owner, removals, this::postTurnEnd);
        this.lanes = new Lanes(this, journal, limits.memory(), hearing, clock, index);
        this.departures = new Departures(deadLetters, journal, limits.memory(), hearing);
        this.damaged = new DamagedMessages(id.name(), removals);
        this.expiry = new Expiry(id.name(), owner, clock, hearing);
        this.rules = new DeadLetterRules(id.name(), deadLetters, limits);
        this.expired = new ExpiredMessages(this, owner, departures, rules, counters);
        this.deferred = new DeferredMessages(this, limits.memory(), counters, expiry);
        var holds = new DeliveryHolds(this, clock);
        this.dispatch = new Dispatch(
                lanes,
                journal,
                this::postTurnEnd,
                expiry,
                counters,
                limits.memory(),
                clock,
                expired::add,
                holds,
                this::openFetch);
        this.delayed = new DelayedMessages(this, owner, clock, limits.memory(), counters);
        this.retries = new RetryTimes(clock, new SplittableRandom()::nextDouble);
        this.settlements =
                new Settlements(this, dispatch, departures, new DeliveryNotes(id, journal), retries, counters, rules);
        this.consumers = new QueueConsumers(this, dispatch, clock);
        this.crowded = new CrowdedQueue(this, consumers, counters);
        this.overflow = new Overflow(id.name(), owner, clock, crowded, sizes);
        var leaving = new ClearedMessages(this, lanes, expiry, counters);
        this.clearing = new Clearing(owner, lanes, delayed, deferred, damaged, removals, leaving);
        this.lastValues = new LastValues(leaving);
        this.reading = new StartReading(id.name(), journal, duplicates, lastValues, this::onRead);
        this.exits = new Exits(this, overflow, lastValues, damaged, removals, arrivals, limits.memory());
        removals.require(reading::letsLeave);
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
        reading.begin(stored);
        dispatch.hold(reading.isBusy());
        transacted.restore(stored);
        dispatch.learnGroups(delayed.restore(stored));
        lanes.restore(stored);
        expiry.restore(stored.expiryTimes());
        counters.onRestored(lanes.waitingInLine());
        reading.read();
        postTurnEnd();
    }

    /** Messages may be given out again ({@link QueueLog#mayDeliver}). */
    public void goOn() {
        owner.assertCurrent();
        consumers.here().forEach(dispatch::offer);
        postTurnEnd();
    }

    private void onRead() {
        dispatch.hold(false);
        reading.takeHeld().forEach(this::takeIn);
        postTurnEnd();
    }

    /** Bounds what may be here: beyond, messages are dropped. Before any come. */
    public void holdAtMost(HoldingLimits holding) {
        owner.assertCurrent();
        overflow.bound(holding);
        capacity.stopNobody();
    }

    /** A message takes so much more in memory, or less. */
    void onCounted(long bytes) {
        overflow.addInMemory(bytes);
    }

    /** What holds here from now on, also for the messages that are here. */
    public void apply(AddressSettings newSettings) {
        owner.assertCurrent();
        rules.apply(newSettings);
        expiry.apply(newSettings);
        retries.apply(RetryPolicy.of(newSettings));
        capacity.apply(newSettings);
        duplicates.apply(newSettings);
        lastValues.apply(newSettings);
        lanes.apply(newSettings);
        dispatch.apply(newSettings);
        consumers.apply(newSettings);
        postTurnEnd();
    }

    /** Where messages come in. */
    Entrance entrance() {
        return entrance;
    }

    /** Takes a message in, as far as the journal does. The entry's reply tells how it ended. */
    void enqueue(QueueEntry entry) {
        owner.assertCurrent();
        entry.count(limits.memory(), entry.fullBytes());
        expiry.bound(entry);
        takeIn(entry);
    }

    private void takeIn(QueueEntry entry) {
        var branch = entry.takeBranch();
        if (deleted) {
            rejections.refuseForGood(entry);
        } else if (reading.isBusy()) {
            entry.postIn(branch);
            reading.hold(entry);
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

    /** In whose journal they are. Known from the start and never changed: any thread may ask. */
    int shard() {
        return journal.shard();
    }

    Sweep newSweep(Sweep.Plan plan, Sweep.Destination destination, Consumer<Sweep.Progress> whenEnded) {
        return new Sweep(this, journal, clock, plan, destination, whenEnded);
    }

    /** True when durable messages go to the journal. */
    boolean isKept() {
        return id.isDurable();
    }

    /** Who is given messages here. */
    QueueConsumers consumers() {
        return consumers;
    }

    /** What consumers say of the messages that they have. */
    Settlements settlements() {
        return settlements;
    }

    long queueId() {
        return id.queueId();
    }

    /** What is known of messages that came before. */
    DuplicateDetection duplicates() {
        return duplicates;
    }

    /** Which message is the newest of its key. */
    LastValues lastValues() {
        return lastValues;
    }

    /** How many bytes they are. */
    HeldSizes sizes() {
        return sizes;
    }

    /** Messages that do not come in. */
    Rejections rejections() {
        return rejections;
    }

    /** What waits here for its time. */
    DelayedMessages delayed() {
        return delayed;
    }

    /** What consumers have laid aside. */
    DeferredMessages deferred() {
        return deferred;
    }

    private DeferredFetch openFetch(
            QueueConsumer consumer, List<Long> numbers, boolean copies, BiConsumer<QueueEntry, QueueConsumer> giving) {
        return new DeferredFetch(this, journal, limits.memory(), consumer, numbers, copies, giving);
    }

    Lanes lanes() {
        return lanes;
    }

    Expiry expiry() {
        return expiry;
    }

    /** What becomes of messages whose time to live has ended. */
    ExpiredMessages expired() {
        return expired;
    }

    /** How messages leave. */
    Exits exits() {
        return exits;
    }

    QueueCounters counters() {
        return counters;
    }

    DamagedMessages damaged() {
        return damaged;
    }

    /** Clears messages away. */
    Clearing clearing() {
        return clearing;
    }

    /** Sees to it that messages may leave: false when it is not known yet what has to be written before. */
    boolean letsLeave() {
        return reading.letsLeave();
    }

    /** What transactions do here. */
    TransactedMessages transacted() {
        return transacted;
    }

    /** What may keep messages from being taken in or given out. */
    QueueGates gates() {
        owner.assertCurrent();
        return new QueueGates(
                clock,
                journal,
                reading,
                overflow,
                consumers,
                dispatch.groups(),
                arrivals,
                transacted,
                delayed,
                deferred,
                expired,
                departures,
                damaged,
                counters);
    }

    /** Finds out why messages are not given out; tells {@code told} on the queue's loop, perhaps later. */
    void explain(DeliveryQuestion question, Consumer<DeliveryExplanation> told) {
        new DeliveryInquiry(this, lanes, journal, clock, gates(), question, told).begin();
    }

    MessageEnqueued record(QueueEntry entry, Message message) {
        return arrivals.recordOf(entry, message);
    }

    private int leavingCount() {
        return departures.size() + expired.waiting();
    }

    /** A producer is gone, who waits for answers behind this door. */
    void withdraw(BatchDoor<Runnable> replies) {
        owner.assertCurrent();
        arrivals.withdraw(entry -> entry.isAwaitedBehind(replies)).forEach(rejections::refuse);
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
            exits.endUnseen(entry);
            return;
        }
        overflow.onCame(entry);
        if (!entry.isDelayed() || !delayed.takesIn(entry)) {
            counters.onEnqueued();
            lineUp(entry);
        }
    }

    /** The message comes to the end of the line. */
    void lineUp(QueueEntry entry) {
        entry.become(EntryState.READY);
        lanes.add(entry, dispatch.hasTakers() && lanes.waitingInLine() < WANTED_MAX);
        expiry.onLinedUp(entry.sequence(), entry.expiryTimeMillis());
        lastValues.onLinedUp(entry);
        postTurnEnd();
    }

    /** The message stands at its old place again. */
    void takeBack(QueueEntry entry) {
        counters.onReturned();
        standAgain(entry);
    }

    /** The message waited for its next attempt, and stands at its old place again. */
    void comeBack(QueueEntry entry) {
        entry.become(EntryState.READY);
        standAgain(entry);
    }

    private void standAgain(QueueEntry entry) {
        if (lastValues.isOutdated(entry)) {
            counters.onReplaced();
            counters.onReadyDropped();
            exits.end(entry);
            return;
        }
        lanes.giveBack(entry);
        expiry.onReturned(entry);
        dispatch.onReturned(entry);
        postTurnEnd();
    }

    /** Ends the queue: its messages are removed, its consumers told. A long queue is cleared in slices. */
    public void delete() {
        owner.assertCurrent();
        if (deleted) {
            return;
        }
        deleted = true;
        for (var entry = arrivals.pollUnrecorded(); entry != null; entry = arrivals.pollUnrecorded()) {
            rejections.refuseForGood(entry);
        }
        reading.takeHeld().forEach(rejections::refuseForGood);
        duplicates.end();
        expiry.stop();
        delayed.stop();
        overflow.onQueueDeleted();
        consumers.onQueueDeleted();
        dispatch.onQueueDeleted();
        clearing.end();
    }

    /**
     * Removes the messages that are here now and nobody has, in slices.
     *
     * @param whenSafe told how many they were, when that is on stable storage
     */
    void purge(LongConsumer whenSafe) {
        owner.assertCurrent();
        clearing.purge(whenSafe);
    }

    /** True when no consumer is here and no message either, not even one that cannot be read. */
    public boolean isIdle() {
        return consumers.isEmpty() && isEmpty() && damaged.isEmpty();
    }

    /** True when no message is here, nor on its way in or out. */
    public boolean isEmpty() {
        owner.assertCurrent();
        return arrivals.isEmpty()
                && !reading.isHolding()
                && leavingCount() == 0
                && transacted.isEmpty()
                && counters.held() == 0;
    }

    /** Consumers that wait with credit. */
    int consumersInRotation() {
        owner.assertCurrent();
        return dispatch.takers();
    }

    public QueueStatistics statistics() {
        owner.assertCurrent();
        return counters.snapshot(name(), sizes.bytes(), consumers, lanes.waits());
    }

    /** True while a consumer on this loop is being given a message. */
    boolean isGivingOut() {
        return dispatch.isRunning();
    }

    boolean isDeleted() {
        return deleted;
    }

    /** Runs the task when what has left until now is gone from stable storage, too. */
    void whenRemoved(Runnable task) {
        removals.whenSafe(task);
        postTurnEnd();
    }

    void postTurnEnd() {
        if (!turnEndPosted) {
            turnEndPosted = true;
            owner.execute(this::onTurnEnd);
        }
    }

    private void onTurnEnd() {
        turnEndPosted = false;
        try {
            if (overflow.mayGiveOut()) {
                dispatch.run();
                if (dispatch.isUnfinished()) {
                    postTurnEnd();
                }
            }
            overflow.makeRoom();
            crowded.dropBeyond(capacity);
            arrivals.goOn();
            dispatch.endDrains();
        } finally {
            // Somebody may wait for a removal: it does not hang on whether a consumer fails.
            removals.flush();
        }
    }
}
