package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a queue could give out: a {@link Lane} for each priority in use. A queue whose messages have all the
 * same priority has one, and does nothing else than it would without priorities. A lane that has become empty beside others
 * is out of use until something comes to it again. Owned by the queue's loop; lives as long as
 * the queue.
 */
final class Lanes {
    private final MessageQueue queue;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final QueueHearing hearing;
    private final Clock clock;
    private final ReferenceNotes notes;
    private final LineBytes bytes = new LineBytes();
    private final WaitingTime waitingTime = new WaitingTime();
    /** Those that have ever been in use. */
    private final @Nullable Lane[] byNumber = new Lane[PriorityRules.LEVELS];

    /** Those in use, the highest priority first. */
    private final List<Lane> inUse = new ArrayList<>(1);

    /** The one in use when there are no others. */
    private @Nullable Lane only;

    private PriorityRules rules = PriorityRules.DEFAULT;
    private final PropertyIndex index;

    /** Of the last message that came into a lane and is in the journal. */
    private long lastIndex;

    /** How many came that are not in the journal; it may wrap around. */
    private int unrecorded;

    Lanes(
            MessageQueue queue,
            QueueLog journal,
            MessageMemory memory,
            QueueHearing hearing,
            Clock clock,
            PropertyIndex index) {
        this.index = index;
        this.queue = queue;
        this.journal = journal;
        this.memory = memory;
        this.hearing = hearing;
        this.clock = clock;
        this.notes = new ReferenceNotes(queue, memory);
    }

    /** What holds from now on, also for what is here. */
    void apply(AddressSettings settings) {
        rules = PriorityRules.of(settings);
        index.apply(settings);
    }

    /** The queue is no more. */
    void onQueueDeleted() {
        index.end();
    }

    /** Among which keys consumers are shared; null where they are not. */
    @Nullable
    FairShare fair() {
        return index.fair();
    }

    PriorityRules rules() {
        return rules;
    }

    /** The highest priority first. */
    List<Lane> inUse() {
        return inUse;
    }

    /** The one lane when there are no others; else null. */
    @Nullable
    Lane only() {
        return only;
    }

    /** Where a message stands or stood. */
    Lane of(long sequence) {
        var lane = byNumber[Lane.numberIn(sequence)];
        if (lane == null) {
            throw new IllegalArgumentException("queue " + queue.name() + " never had a message " + sequence);
        }
        return lane;
    }

    /** The highest priority first; those of which nothing was given out are left out. */
    List<WaitStatistics> waits() {
        var waits = new ArrayList<WaitStatistics>();
        for (var lane : byNumber) {
            var wait = lane == null ? null : lane.waitingTimes().describe(lane.priority());
            if (wait != null) {
                waits.add(wait);
            }
        }
        return waits;
    }

    private Lane lane(int number) {
        var lane = byNumber[number];
        if (lane == null) {
            lane = new Lane(
                    number,
                    new FreshLine(queue, journal, memory, hearing, notes, bytes, Lane.firstSequence(number)),
                    new ReturnedEntries(journal, memory, hearing));
            byNumber[number] = lane;
            index.add(lane.line());
        }
        use(lane);
        return lane;
    }

    private void use(Lane lane) {
        if (lane.inUse) {
            return;
        }
        lane.inUse = true;
        int place = 0;
        while (place < inUse.size() && inUse.get(place).number() < lane.number()) {
            place++;
        }
        inUse.add(place, lane);
        onUseChanged();
    }

    private void onUseChanged() {
        only = inUse.size() == 1 ? inUse.get(0) : null;
        bytes.divideAmong(inUse.size());
    }

    /**
     * Those that are empty are out of use, so that the others need not share with them what the queue may read ahead. Not
     * while somebody goes through {@link #inUse}.
     */
    void leaveEmptyOnes() {
        if (only != null) {
            return;
        }
        boolean changed = false;
        for (int i = inUse.size() - 1; i >= 0; i--) {
            var lane = inUse.get(i);
            if (lane.isEmpty()) {
                lane.inUse = false;
                inUse.remove(i);
                changed = true;
            }
        }
        if (changed) {
            onUseChanged();
        }
    }

    /** Forgets a consumer that left. */
    void forget(QueueConsumer consumer) {
        for (var lane : byNumber) {
            if (lane != null) {
                lane.places().remove(consumer);
            }
        }
    }

    /** Takes over what the journal held when the broker started. Once, before anything else comes. */
    void restore(StoredMessages stored) {
        if (!inUse.isEmpty()) {
            throw new IllegalStateException("queue " + queue.name() + " has messages already");
        }
        notes.restore(stored);
        lastIndex = stored.lastIndex();
        for (int number = 0; number < PriorityRules.LEVELS; number++) {
            var references = stored.references(number);
            if (references != null) {
                lane(number).line().restore(references, stored.inLine(number), stored.largeMessages(number));
            }
        }
        index.restore(stored.indexNotes());
    }

    /**
     * A message comes to the end of its lane.
     *
     * @param wanted a consumer waits, so it will leave memory soon
     */
    void add(QueueEntry entry, boolean wanted) {
        if (entry.isInJournal()) {
            lastIndex = Math.max(lastIndex, entry.index());
        } else {
            entry.cameAfter(lastIndex, ++unrecorded);
        }
        lane(Lane.numberOf(entry.priority())).line().add(entry, wanted);
    }

    /** A consumer has given it back. */
    void giveBack(QueueEntry entry) {
        entry.waitSince(clock.nowMillis());
        var lane = of(entry.sequence());
        lane.returned().add(entry);
        use(lane);
    }

    /** It leaves those that came back by another door. */
    void removeReturned(QueueEntry entry) {
        of(entry.sequence()).returned().remove(entry);
    }

    /** True for a message that was never given out and is still here. */
    boolean isInLine(long sequence) {
        return of(sequence).line().contains(sequence);
    }

    /** Whether, of two messages that are here, the first is to go first, were it only for their priorities and their age. */
    boolean comesBefore(long sequence, long other) {
        if (!rules.isByArrival() || Lane.numberIn(sequence) == Lane.numberIn(other)) {
            return sequence < other;
        }
        return standIn(sequence).cameBefore(standIn(other));
    }

    private QueueEntry standIn(long sequence) {
        var lane = of(sequence);
        var back = lane.returned().at(sequence);
        return back == null ? lane.line().standIn(sequence) : back;
    }

    /** Takes a message out of its line; null when it is not there. */
    @Nullable
    QueueEntry takeOut(long sequence) {
        return of(sequence).line().takeOut(sequence);
    }

    /** Messages that were never given out. */
    long waitingInLine() {
        if (only != null) {
            return only.line().waiting();
        }
        long waiting = 0;
        for (int i = 0; i < inUse.size(); i++) {
            waiting += inUse.get(i).line().waiting();
        }
        return waiting;
    }

    /** True when there is, or may be, something for a consumer who takes whatever is first. */
    boolean mayHaveFor(QueueConsumer consumer) {
        for (var lane : inUse) {
            if (!lane.line().isEmpty()
                    || lane.returned().mayHaveFor(consumer, lane.places().of(consumer))) {
                return true;
            }
        }
        return false;
    }

    /** Sees to it that there is something to give out when what is at hand is gone. */
    void readAhead() {
        for (int i = 0; i < inUse.size(); i++) {
            var line = inUse.get(i).line();
            if (!line.isEmpty()) {
                line.readAhead();
                if (rules.mode() == PriorityMode.STRICT && line.hasUnread()) {
                    // Of the lower ones nothing is wanted as long as there is something here.
                    return;
                }
            }
        }
    }

    /** The lane whose message is the first to go when there is too much: of the lowest priority, the oldest. */
    @Nullable
    Lane firstToDrop() {
        if (rules.mode() == PriorityMode.NONE) {
            return oldest();
        }
        for (int i = inUse.size() - 1; i >= 0; i--) {
            if (!inUse.get(i).isEmpty()) {
                return inUse.get(i);
            }
        }
        return null;
    }

    private @Nullable Lane oldest() {
        Lane found = null;
        QueueEntry foundFirst = null;
        for (var lane : inUse) {
            var first = lane.oldest();
            if (first != null && (foundFirst == null || first.cameBefore(foundFirst))) {
                found = lane;
                foundFirst = first;
            }
        }
        return found;
    }

    /** Somebody came who takes messages. */
    void onTakerCame() {
        waitingTime.onTakerCame(clock.nowMillis(), rules.maxWaitMillis());
    }

    void onTakerLeft() {
        waitingTime.onTakerLeft(clock.nowMillis());
    }

    /** True when it is the message's turn, whatever its priority. */
    boolean hasWaitedTooLong(QueueEntry entry, long nowMillis) {
        return waitingTime.isOver(entry, nowMillis, rules.maxWaitMillis());
    }
}
