package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives a queue's messages to its consumers: of each priority the oldest first, each to the next consumer with credit that
 * may have it. Which priority's turn it is {@link LaneTurns} says. Consumers that want only some of them, or only look, are
 * {@link Seekers} and come before the others. Sees to it that what will be wanted next is read from the disk before. Owned by
 * the queue's loop.
 */
final class Dispatch {
    /** Opens the way to messages that were laid aside. */
    interface Fetches {
        DeferredFetch open(
                QueueConsumer consumer,
                List<Long> numbers,
                boolean copies,
                BiConsumer<QueueEntry, QueueConsumer> giving);
    }

    /** Messages given out in one go before other work of the loop gets its turn. */
    static final int ROUND_MAX = 1_000;

    private final Lanes lanes;
    private final QueueLog journal;
    private final Expiry expiry;
    private final QueueCounters counters;
    private final MessageMemory memory;
    private final Clock clock;
    private final Consumer<QueueEntry> expired;
    private final ConsumerRotation rotation = new ConsumerRotation();
    private final RotationHeads heads = new RotationHeads(rotation);
    private final LaneTurns turns;
    private final Seekers seekers;
    private final MessageGroups groups;
    private final DeliveryHolds holds;
    private final Fetches fetches;
    private final DeferralRules deferral = new DeferralRules();
    private final Drains drains = new Drains(this::hasMoreFor);
    private boolean running;
    private boolean unfinished;

    /** True when consumers of other than the usual priority have come. */
    private boolean ranked;

    /** Nothing is given out for now, and nobody is told that there is nothing. */
    private boolean held;

    /** Hears of each message that is given to somebody who takes it; null where nobody cares. */
    private @Nullable CircuitBreaker breaker;

    /** Those that want everything, while they take whatever is first. */
    private final Set<QueueConsumer> rotating = new LinkedHashSet<>();

    /** True when messages have groups, or keys share, so that nobody takes whatever is first. */
    private boolean grouped;

    /** Null while consumers are not shared among keys. */
    private @Nullable FairShare share;

    /**
     * @param wake posts a turn of the queue
     * @param expired takes a message whose time had come when it should have been given out
     */
    Dispatch(
            Lanes lanes,
            QueueLog journal,
            Runnable wake,
            Expiry expiry,
            QueueCounters counters,
            MessageMemory memory,
            Clock clock,
            Consumer<QueueEntry> expired,
            DeliveryHolds holds,
            Fetches fetches) {
        this.holds = holds;
        this.fetches = fetches;
        this.lanes = lanes;
        this.journal = journal;
        this.turns = LaneTurns.ofTakers(lanes);
        this.expiry = expiry;
        this.counters = counters;
        this.memory = memory;
        this.clock = clock;
        this.expired = expired;
        this.groups = new MessageGroups(lanes, journal, memory, clock, wake);
        this.seekers = new Seekers(lanes, journal, memory, clock, wake, new Taking(), groups);
    }

    /** What holds from now on. */
    void apply(AddressSettings settings) {
        turnGroups(settings.get(AddressSetting.MESSAGE_GROUPS));
        shareBy(lanes.fair());
        holds.apply(settings);
        deferral.apply(settings);
    }

    /** Which messages consumers may lay aside. */
    DeferralRules deferral() {
        return deferral;
    }

    /** How long consumers may have what they are given. */
    DeliveryHolds holds() {
        return holds;
    }

    /** These wait for their next attempt since before the start: the rest of their groups waits for them. */
    void learnGroups(List<QueueEntry> retried) {
        if (!retried.isEmpty()) {
            groups.learn(retried);
        }
    }

    MessageGroups groups() {
        return groups;
    }

    /** The queue is no more. */
    void onQueueDeleted() {
        turnGroups(false);
        lanes.onQueueDeleted();
    }

    /** Among which keys consumers are shared from now on: nobody takes whatever is first then. */
    private void shareBy(@Nullable FairShare newShare) {
        if (newShare != share) {
            share = newShare;
            seekers.startAgain();
            if (newShare != null) {
                becomeGrouped();
            }
        }
    }

    private void turnGroups(boolean on) {
        if (on != groups.isOn()) {
            seekers.startAgain();
            groups.turn(on);
        }
    }

    /** Who hears from now on what is given out. */
    void watch(@Nullable CircuitBreaker newBreaker) {
        breaker = newBreaker;
    }

    /** Whether nothing is to be given out for now. */
    void hold(boolean nothing) {
        held = nothing;
    }

    /** A consumer comes; it says later what its credit is. */
    void join(QueueConsumer consumer, Interest interest) {
        var numbers = interest.deferred();
        if (numbers != null) {
            consumer.fetch = fetches.open(consumer, numbers, interest.copies(), this::giveFetched);
            return;
        }
        if (!interest.copies()) {
            lanes.onTakerCame();
            consumer.takes = true;
        }
        ranked |= interest.priority() != Interest.USUAL_PRIORITY;
        if (grouped && share == null && seekers.isEmpty() && groups.isEmpty()) {
            // Perhaps there are no more groups.
            grouped = false;
        }
        if (grouped || !interest.isAll()) {
            seekers.add(consumer, interest);
        } else {
            rotating.add(consumer);
        }
    }

    /** There are groups: those that want everything look for it like those that do not. */
    private void becomeGrouped() {
        if (grouped) {
            return;
        }
        grouped = true;
        unfinished = true;
        for (var consumer : rotating) {
            rotation.remove(consumer);
            lanes.forget(consumer);
            seekers.add(consumer, Interest.ALL);
            offer(consumer);
        }
        rotating.clear();
    }

    /** The consumer is to be given nothing for the time being. */
    void onStandsBy(QueueConsumer consumer) {
        if (consumer.seeker instanceof Selection selection) {
            selection.release(consumer);
        }
    }

    /** True within {@link #run}: a consumer on this loop is being given a message just now. */
    boolean isRunning() {
        return running;
    }

    /** True when some consumer waits with credit. */
    boolean hasTakers() {
        return !rotation.isEmpty() || seekers.takers() > 0;
    }

    int takers() {
        return rotation.size() + seekers.takers();
    }

    /** True when the last run ended because of its length: there is more to be given out. */
    boolean isUnfinished() {
        return unfinished;
    }

    /** The consumer takes part from now on if it has credit. */
    void offer(QueueConsumer consumer) {
        var seeker = consumer.seeker;
        if (consumer.fetch != null) {
            consumer.fetch.onOffered();
        } else if (seeker == null) {
            rotation.offer(consumer);
        } else {
            seeker.offer(consumer);
        }
    }

    /** A message came back: who passed its place looks at it again. */
    void onReturned(QueueEntry entry) {
        lanes.of(entry.sequence()).places().onReturned(entry);
        seekers.onReturned(entry.sequence());
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        var seeker = consumer.seeker;
        if (consumer.fetch != null) {
            consumer.fetch.end();
        } else if (seeker == null) {
            rotating.remove(consumer);
            rotation.remove(consumer);
            lanes.forget(consumer);
        } else {
            seekers.remove(consumer, seeker);
        }
        if (consumer.takes) {
            lanes.onTakerLeft();
        }
        drains.remove(consumer);
    }

    /** Gives the consumer all there is within its credit, and tells it of the end: now, or when that has been read. */
    void drain(QueueConsumer consumer) {
        offer(consumer);
        drains.add(consumer);
        while (consumer.hasCredit() && run() > 0) {
            // Another consumer may have been served; go on until nothing moves.
        }
        endDrains();
    }

    /** Tells those whose drain is done: no credit is left, or no message, also none that has yet to be read. */
    void endDrains() {
        if (!drains.isEmpty() && !held && journal.mayDeliver()) {
            drains.end();
        }
    }

    private boolean hasMoreFor(QueueConsumer consumer) {
        var seeker = consumer.seeker;
        if (consumer.fetch != null) {
            return consumer.fetch.mayHaveMore();
        }
        return seeker == null ? lanes.mayHaveFor(consumer) : seeker.hasFor(consumer);
    }

    /** Gives out what may be given out; returns how many messages went to those who take whatever is first. */
    int run() {
        unfinished = false;
        groups.settle();
        if (held || (rotation.isEmpty() && seekers.isEmpty()) || !journal.mayDeliver()) {
            return 0;
        }
        lanes.leaveEmptyOnes();
        running = true;
        try {
            long nowMillis = clock.nowMillis();
            if (seekers.isEmpty()) {
                return giveToRotation(nowMillis);
            }
            seekers.begin();
            return ranked ? giveByPriority(nowMillis) : giveToAll(nowMillis);
        } finally {
            running = false;
        }
    }

    /** Those who want only some of the messages do not come before those of higher priority who want all. */
    private int giveByPriority(long nowMillis) {
        int count = 0;
        boolean wasGrouped = grouped;
        try {
            for (long priority = takersPriorityBelow(Long.MAX_VALUE);
                    priority != Long.MIN_VALUE;
                    priority = takersPriorityBelow(priority)) {
                rotation.showDownTo(priority);
                seekers.showDownTo(priority);
                count += giveToAll(nowMillis);
                boolean more = !rotation.isEmpty() && turns.sight() != Sight.END;
                if (more || seekers.mayHaveMoreForAll() || grouped != wasGrouped) {
                    // There is more for them, or will be when it has been read: it is not for those below.
                    break;
                }
            }
            return count;
        } finally {
            rotation.showDownTo(Long.MIN_VALUE);
            seekers.showDownTo(Long.MIN_VALUE);
        }
    }

    private long takersPriorityBelow(long priority) {
        return Math.max(rotation.takersPriorityBelow(priority), seekers.takersPriorityBelow(priority));
    }

    private int giveToAll(long nowMillis) {
        unfinished |= seekers.run(nowMillis);
        lanes.inUse().forEach(this::stepAside);
        return giveToRotation(nowMillis);
    }

    private int giveToRotation(long nowMillis) {
        int count = rotation.isEmpty() ? 0 : giveOut(nowMillis);
        unfinished |= count == ROUND_MAX;
        return count;
    }

    /** Where seekers have taken most, the few that nobody wanted do not keep the places of the others. */
    private void stepAside(Lane lane) {
        var line = lane.line();
        for (int count = 0; count < ROUND_MAX && line.isSparse(); count++) {
            var entry = line.peek();
            if (entry == null) {
                return;
            }
            line.removePeeked(entry);
            expiry.onLeftLine(entry);
            lane.returned().add(entry);
            expiry.onReturned(entry);
            lane.places().onReturned(entry);
            seekers.onSteppedAside(entry.sequence());
        }
    }

    private int giveOut(long nowMillis) {
        heads.begin();
        int count = 0;
        while (!rotation.isEmpty() && count < ROUND_MAX) {
            var lane = turns.next(heads, nowMillis);
            if (lane == null) {
                unfinished |= turns.sight() == Sight.TIRED;
                break;
            }
            if (!giveFirst(lane, nowMillis)) {
                break;
            }
            turns.onTaken(lane);
            count++;
        }
        if (count > 0 || !rotation.isEmpty()) {
            lanes.readAhead();
        }
        return count;
    }

    private boolean giveFirst(Lane lane, long nowMillis) {
        var entry = heads.first(lane);
        if (entry.isGrouped() && groups.isOn()) {
            becomeGrouped();
            return false;
        }
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            return false;
        }
        if (heads.isReturned(lane)) {
            lane.returned().remove(entry);
            expiry.onLeftReturned(entry);
        } else {
            lane.line().removePeeked(entry);
            expiry.onLeftLine(entry);
        }
        give(entry, consumer, nowMillis);
        return true;
    }

    /** A message that was laid aside, and asked for. */
    private void giveFetched(QueueEntry entry, QueueConsumer consumer) {
        running = true;
        try {
            give(entry, consumer, clock.nowMillis());
        } finally {
            running = false;
        }
    }

    private void give(QueueEntry entry, QueueConsumer consumer, long nowMillis) {
        if (entry.isExpired(nowMillis)) {
            expired.accept(entry);
        } else {
            counters.onAcquired();
            lanes.of(entry.sequence()).waitingTimes().onGiven(entry, nowMillis);
            entry.acquiredBy(consumer);
            if (!consumer.aside) {
                holds.onGiven(entry);
                if (breaker != null) {
                    breaker.onGiven(entry);
                }
            }
            if (deferral.isOn()) {
                entry.tellNumber();
            }
            entry.count(memory, entry.acquiredBytes());
            consumer.port().onMessage(entry);
        }
        offer(consumer);
    }

    /** What seekers do with the queue. */
    private final class Taking implements Seekers.Giving {
        @Override
        public QueueEntry takeFromLine(long sequence, @Nullable Message message) {
            var entry = lanes.of(sequence).line().takeOutRead(sequence, message);
            expiry.onLeftLine(entry);
            return entry;
        }

        @Override
        public QueueEntry inLine(long sequence, @Nullable Message message) {
            var line = lanes.of(sequence).line();
            var entry = line.inMemory(sequence);
            return entry == null ? line.entryOf(sequence, message) : entry;
        }

        @Override
        public void takeReturned(QueueEntry entry) {
            lanes.removeReturned(entry);
            expiry.onLeftReturned(entry);
        }

        @Override
        public void give(QueueEntry entry, QueueConsumer consumer, long nowMillis) {
            Dispatch.this.give(entry, consumer, nowMillis);
        }

        @Override
        public void onGroup() {
            becomeGrouped();
        }
    }
}
