package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gates of one queue, in the order in which they decide: each says itself why it lets nothing pass. Made for whoever asks,
 * so that nobody else pays for it. Owned by the queue's loop.
 */
final class QueueGates {
    /** So many messages that wait for their next attempt are looked at for when the next one of a group comes. */
    private static final int RETRIED_LOOKS_MAX = 10_000;

    private final Clock clock;
    private final QueueLog journal;
    private final StartReading reading;
    private final Overflow overflow;
    private final QueueConsumers consumers;
    private final MessageGroups groups;
    private final Arrivals arrivals;
    private final TransactedMessages transacted;
    private final DelayedMessages delayed;
    private final DeferredMessages deferred;
    private final ExpiredMessages expired;
    private final Departures departures;
    private final DamagedMessages damaged;
    private final QueueCounters counters;

    QueueGates(
            Clock clock,
            QueueLog journal,
            StartReading reading,
            Overflow overflow,
            QueueConsumers consumers,
            MessageGroups groups,
            Arrivals arrivals,
            TransactedMessages transacted,
            DelayedMessages delayed,
            DeferredMessages deferred,
            ExpiredMessages expired,
            Departures departures,
            DamagedMessages damaged,
            QueueCounters counters) {
        this.clock = clock;
        this.journal = journal;
        this.reading = reading;
        this.overflow = overflow;
        this.consumers = consumers;
        this.groups = groups;
        this.arrivals = arrivals;
        this.transacted = transacted;
        this.delayed = delayed;
        this.deferred = deferred;
        this.expired = expired;
        this.departures = departures;
        this.damaged = damaged;
        this.counters = counters;
    }

    /** What keeps all messages that could be given out. */
    List<Obstacle> ofQueue() {
        return Stream.of(reading.obstacle(), leaseObstacle(), overflow.obstacle(), consumers.obstacle())
                .filter(Objects::nonNull)
                .toList();
    }

    private @Nullable Obstacle leaseObstacle() {
        return journal.mayDeliver()
                ? null
                : Obstacle.of(
                        WaitingReason.NO_LEASE,
                        "this node has not heard from the majority of those that keep the queue: another one may serve it");
    }

    /** How many messages wait that cannot be given out, and for what, as far as that is known without looking at each. */
    Map<WaitingReason, Long> elsewhere() {
        var counts = new EnumMap<WaitingReason, Long>(WaitingReason.class);
        put(counts, WaitingReason.NOT_ON_DISK, arrivals.waitingForDisk());
        put(counts, arrivals.obstacle().reason(), arrivals.waitingForRoom());
        put(counts, WaitingReason.POSTED_IN_TRANSACTION, transacted.posted());
        put(counts, WaitingReason.STARTING, reading.holding());
        put(counts, WaitingReason.SCHEDULED, delayed.size());
        put(counts, WaitingReason.DEFERRED, deferred.size());
        put(counts, WaitingReason.EXPIRED, expired.waiting());
        long settled = transacted.retired().size();
        put(counts, WaitingReason.SETTLED_IN_TRANSACTION, settled);
        long prepared = transacted.prepared().size();
        put(counts, WaitingReason.HELD_BY_PREPARED_TRANSACTION, prepared);
        put(counts, WaitingReason.ACQUIRED, counters.acquired() - settled - prepared);
        put(counts, WaitingReason.BECOMING_DEAD_LETTER, departures.size());
        put(counts, WaitingReason.DAMAGED, damaged.size());
        return counts;
    }

    private static void put(Map<WaitingReason, Long> counts, WaitingReason reason, long count) {
        if (count > 0) {
            counts.put(reason, count);
        }
    }

    /** Of those that are not in line, but on their way in or out, or with somebody: at most so many of those that are wanted. */
    List<QueueEntry> entriesElsewhere(Predicate<QueueEntry> wanted, int countMax) {
        var found = new ArrayList<QueueEntry>();
        Consumer<QueueEntry> look = entry -> {
            if (found.size() < countMax && wanted.test(entry)) {
                found.add(entry);
            }
        };
        arrivals.forEach(look);
        reading.forEachHeld(look);
        for (var consumer : consumers.here()) {
            for (var entry = consumer.firstHeld(); entry != null; entry = entry.nextHeld) {
                look.accept(entry);
            }
        }
        transacted.retired().forEach(look);
        transacted.prepared().forEach(look);
        departures.forEach(look);
        expired.forEach(look);
        deferred.forEach(look);
        delayed.forEachKept(look);
        return found;
    }

    /** References of messages that wait for their time, and are not among the others. */
    long[] delayedReferences(int countMax) {
        return delayed.references(countMax);
    }

    /** That of one index; none when no such message waits for its time. */
    long[] delayedReferencesTo(long index) {
        return delayed.referencesTo(index);
    }

    /** What a message of this index waits for that was told of as a reference; null when it does not wait any more. */
    @Nullable
    Obstacle ofDelayed(long index) {
        return delayed.obstacleOf(index);
    }

    /** Why a message of this index is given to nobody; null when it is not one that was found damaged. */
    @Nullable
    Obstacle ofDamaged(long index) {
        return damaged.obstacleOf(index);
    }

    /**
     * What a message waits for; null when it is not here any more.
     *
     * @param seen null when it is not known
     * @param unreadable true when that is because it cannot be read
     */
    @Nullable
    Obstacle of(QueueEntry entry, @Nullable Message seen, boolean unreadable) {
        return switch (entry.state()) {
            case ARRIVING -> reading.isBusy() ? reading.obstacle() : arrivals.obstacleOf(entry);
            case DELAYED -> DelayedMessages.obstacleOf(entry);
            case DEFERRED -> DeferredMessages.obstacle();
            case ACQUIRED -> entry.obstacleOfHolder();
            case RETIRED -> TransactedMessages.obstacle();
            case PREPARED -> TransactedMessages.obstacleOfPrepared();
            case LEAVING -> Departures.obstacle();
            case READY ->
                entry.isExpired(clock.nowMillis())
                        ? expired()
                        : unreadable && !entry.isAtHand()
                                ? DamagedMessages.obstacleOfUnreadable()
                                : ofReady(seen, entry.deliveryCount(), entry.annotations(), entry, entry.isAtHand());
            case SET_ASIDE -> damaged.obstacleOf(entry.index());
            case LOST, SHOWN, GONE -> null;
        };
    }

    /** The same for a message in line that is not in memory. */
    Obstacle ofUnread(@Nullable Message seen, boolean unreadable, int deliveryCount, @Nullable AddedAnnotations added) {
        if (unreadable) {
            return DamagedMessages.obstacleOfUnreadable();
        }
        return seen != null && seen.isExpired(clock.nowMillis())
                ? expired()
                : ofReady(seen, deliveryCount, added, null, false);
    }

    private static Obstacle expired() {
        return Obstacle.of(WaitingReason.EXPIRED, "its time to live is over, and it is about to leave");
    }

    private Obstacle ofReady(
            @Nullable Message seen,
            int deliveryCount,
            @Nullable AddedAnnotations added,
            @Nullable QueueEntry entry,
            boolean inMemory) {
        var ofAll = ofQueue();
        if (!ofAll.isEmpty()) {
            return ofAll.get(0);
        }
        if (seen == null) {
            return Obstacle.of(WaitingReason.BEING_READ, "it has to be read from the disk first");
        }
        var wanting = wanting(seen, deliveryCount, added);
        if (wanting.isEmpty()) {
            return Obstacle.of(
                    WaitingReason.NO_CONSUMER_MATCHES,
                    "none of the filters of " + consumers.takers().count() + " consumers wants it");
        }
        var possible = entry == null
                ? wanting
                : wanting.stream().filter(entry::isDeliverableTo).toList();
        if (possible.isEmpty()) {
            return Obstacle.of(
                            WaitingReason.UNDELIVERABLE_HERE,
                            "each consumer that wants it has given it back as one that he cannot have")
                    .at(wanting.get(0));
        }
        var ofGroup = ofGroup(seen, possible);
        return ofGroup == null ? ofConsumers(possible, inMemory) : ofGroup;
    }

    /** Those who want the same have one seeker: its filter is asked once. */
    private List<QueueConsumer> wanting(Message seen, int deliveryCount, @Nullable AddedAnnotations added) {
        var answers = new IdentityHashMap<Seeker, Boolean>();
        return consumers
                .takers()
                .filter(each -> each.seeker == null
                        || Boolean.TRUE.equals(answers.computeIfAbsent(
                                each.seeker, seeker -> seeker.wants(seen, deliveryCount, added))))
                .toList();
    }

    private @Nullable Obstacle ofGroup(Message seen, List<QueueConsumer> possible) {
        if (!seen.hasGroup()) {
            return null;
        }
        var ofAll = groups.obstacle();
        var group = ofAll == null ? groups.find(seen) : null;
        if (group == null) {
            return ofAll;
        }
        var owner = group.owner();
        var obstacle = group.obstacle(owner != null && possible.contains(owner));
        return obstacle != null && obstacle.reason() == WaitingReason.GROUP_RETRY
                ? obstacle.until(delayed.nextAttemptMillis(group, RETRIED_LOOKS_MAX))
                : obstacle;
    }

    private Obstacle ofConsumers(List<QueueConsumer> possible, boolean inMemory) {
        if (possible.stream().anyMatch(each -> each.obstacle() == null)) {
            return inMemory
                    ? Obstacle.of(WaitingReason.IN_TURN, "a consumer has credit: it comes after those before it")
                    : Obstacle.of(
                            WaitingReason.BEING_READ, "a consumer has credit: it has to be read from the disk first");
        }
        var withoutCredit = possible.stream()
                .filter(each -> each.obstacle() == WaitingReason.NO_CREDIT)
                .toList();
        if (!withoutCredit.isEmpty()) {
            var who = withoutCredit.size() == 1
                    ? "the consumer that would be given it has"
                    : "all " + withoutCredit.size() + " consumers that want it have";
            var detail = who + " asked for no more: no credit is left, or the connection takes nothing for now";
            return Obstacle.of(WaitingReason.NO_CREDIT, detail).at(withoutCredit.get(0));
        }
        return Obstacle.of(WaitingReason.EXCLUSIVE_CONSUMER, "another consumer has the queue to himself")
                .at(consumers
                        .takers()
                        .filter(each -> !each.standsBy())
                        .findFirst()
                        .orElse(null));
    }

    /** What messages wait for that are on their way in, and how many they are. */
    List<IntakeBacklog> ofIntake() {
        var all = new ArrayList<IntakeBacklog>();
        if (arrivals.waitingForRoom() > 0) {
            all.add(new IntakeBacklog(arrivals.obstacle(), arrivals.waitingForRoom()));
        }
        if (reading.holding() > 0) {
            all.add(new IntakeBacklog(Objects.requireNonNull(reading.obstacle()), reading.holding()));
        }
        if (arrivals.waitingForDisk() > 0) {
            all.add(new IntakeBacklog(
                    Obstacle.of(WaitingReason.NOT_ON_DISK, "it is not on the disk yet"), arrivals.waitingForDisk()));
        }
        return all;
    }
}
