package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the consumers of one {@link Selection} do with groups: whose a group becomes, and which messages are held back because
 * the one that has the group has no credit, or an older one is to be tried again first. They are passed and remembered by
 * 8 bytes each, so that they keep no other group waiting, and tried when something has changed that may let them go. Owned
 * by the queue's loop; lives as long as the selection.
 */
final class HeldGroups {
    /** So many groups are tried of those that wait for one consumer, or for anybody, before the others' turn comes. */
    private static final int TRIES_MAX = 16;

    private static final int TOO_MANY_GONE = -1;

    /** What came of an attempt. */
    private enum Attempt {
        GIVEN,
        /** It has to be read first. */
        READS,
        /** Something that is older has to be given out, or looked at, before. */
        TOO_EARLY,
        /** Not until something has changed. */
        HELD,
        /** Time is up. */
        TIRED
    }

    /** How far what was held back may go: it does not overtake what a cursor has found, or has not looked at. */
    interface Limit {
        boolean allows(long sequence, long waitsSinceMillis);
    }

    private final MessageGroups groups;
    private final Lanes lanes;
    private final Clock clock;
    private final MessageMemory memory;
    private final ConsumerRotation rotation;
    private final Seekers.Giving giving;
    private final Seeker seeker;
    private final HeldReads reads;
    private final Map<MessageGroup, HeldBack> held = new HashMap<>();

    /** Those of which something has been read. They come first: there is no room to read all at once. */
    private final Set<HeldBack> read = new LinkedHashSet<>();

    /** Those of groups that are nobody's, or of somebody else than a consumer of this selection. */
    private final Set<HeldBack> anybodys = new LinkedHashSet<>();

    /** None of those with credit may have the first message of these. */
    private final Set<HeldBack> unwanted = new LinkedHashSet<>();

    /** @param seeker whose this is */
    HeldGroups(
            Seeker seeker,
            MessageGroups groups,
            Lanes lanes,
            Clock clock,
            MessageMemory memory,
            ConsumerRotation rotation,
            Seekers.Giving giving,
            HeldReads reads) {
        this.seeker = seeker;
        this.groups = groups;
        this.lanes = lanes;
        this.clock = clock;
        this.memory = memory;
        this.rotation = rotation;
        this.giving = giving;
        this.reads = reads;
    }

    /** True when nothing is held back. */
    boolean isEmpty() {
        return held.isEmpty();
    }

    /** Somebody has credit who had none, or is served who was not. */
    void onOffered() {
        while (!unwanted.isEmpty()) {
            unwanted.iterator().next().waitIn(anybodys);
        }
    }

    /** A consumer leaves, or is to be given nothing more: its groups go to others, as soon as nothing of them is out. */
    void release(QueueConsumer consumer) {
        var share = consumer.shareOrNull();
        if (share == null) {
            return;
        }
        for (var group : share.groups()) {
            if (group.isIn()) {
                group.disown();
            }
            groups.onChanged(group);
        }
        while (!share.waiting.isEmpty()) {
            share.waiting.iterator().next().waitIn(anybodys);
        }
    }

    /** The selection ends, or nothing is held back any more. */
    void end() {
        for (var each : held.values()) {
            each.waitIn(null);
            each.group().heldBack().remove(each);
            groups.onChanged(each.group());
            reads.forget(each);
            each.end();
        }
        held.clear();
    }

    /** Nobody waits for what was read ahead: it can be read again. */
    void letGo() {
        reads.letGo();
    }

    /** True when something may be held back for this consumer that it could be given now, or when it has been read. */
    boolean mayHaveFor(QueueConsumer consumer) {
        var share = consumer.shareOrNull();
        return !read.isEmpty() || !anybodys.isEmpty() || (share != null && !share.waiting.isEmpty());
    }

    /**
     * Who is given the next message of a group, which has been found; null when it is to be held back.
     *
     * @param back the message, if it came back from a consumer
     */
    @Nullable
    QueueConsumer takerOf(MessageGroup group, @Nullable QueueEntry back) {
        if (held.containsKey(group) || !mayGo(group)) {
            return null;
        }
        return taker(group, back);
    }

    /** False while nothing of the group may be given to consumers of this selection. */
    private boolean mayGo(MessageGroup group) {
        var owner = group.owner();
        if (owner != null && group.isToBeConsidered() && hasTooMany(owner)) {
            group.leaveOwner();
        }
        if (owner != null && group.isIn() && (group.leavesOwner() || group.hasLostOwner() || owner.seeker != seeker)) {
            group.disown();
            owner = null;
        }
        return !group.waitsForRetry()
                && !groups.isLearning()
                && (owner == null || (owner.seeker == seeker && !group.leavesOwner() && !group.hasLostOwner()));
    }

    /** Others came, and have fewer. */
    private boolean hasTooMany(QueueConsumer owner) {
        int consumers = Math.max(1, seeker.consumers());
        return owner.share().size() > (groups.size() + consumers - 1) / consumers;
    }

    private @Nullable QueueConsumer taker(MessageGroup group, @Nullable QueueEntry back) {
        var owner = group.owner();
        if (owner != null && back != null && !back.isDeliverableTo(owner)) {
            if (!group.isIn()) {
                return null;
            }
            group.disown();
            owner = null;
        }
        return owner == null ? rotation.withFewestGroupsFor(back) : rotation.isTaker(owner) ? owner : null;
    }

    /** The consumer is about to be given this message of the group, and has it from now on. */
    void onTaken(MessageGroup group, QueueEntry entry, QueueConsumer consumer, boolean last, long nowMillis) {
        rotation.take(consumer);
        if (entry.isExpired(nowMillis)) {
            // Nobody gets it, nor its group.
            return;
        }
        group.own(consumer);
        entry.joinGroup(group);
        if (last) {
            group.leaveOwner();
        }
    }

    /**
     * The message was found, and cannot be given out now.
     *
     * @param back the message, if it came back from a consumer
     */
    void hold(MessageGroup group, long sequence, @Nullable QueueEntry back, boolean last) {
        if (back != null) {
            // Perhaps it came back when groups did not count: its group is to hear of it when it leaves.
            back.joinGroup(group);
        }
        var known = held.get(group);
        if (known == null) {
            known = new HeldBack(this, group, memory);
            held.put(group, known);
            group.heldBack().add(known);
        }
        known.forgetIfMany(this::isHere, clock.nowMillis());
        known.add(sequence, last, clock.nowMillis());
        enqueue(known);
    }

    /** Something of it was read. */
    void onRead(HeldBack back) {
        if (back.isWaiting()) {
            back.waitIn(read);
        }
    }

    /** True for one that was read and has not been tried since. */
    boolean isAboutToGo(HeldBack back) {
        return back.isWaitingIn(read);
    }

    /** Something has changed: it may be that it can be given out. */
    void enqueue(HeldBack back) {
        var owner = back.group().owner();
        if (owner == null || owner.seeker != seeker || back.group().hasLostOwner()) {
            back.waitIn(anybodys);
        } else {
            back.waitIn(owner.share().waiting);
        }
    }

    /** Gives out one message that was held back, if there is one that can be. */
    Seeker.Step giveOne(Limit limit, long nowMillis, Effort effort) {
        // Who has no credit takes a place anew when he has: that is when he may want what nobody wanted.
        rotation.retainTakers();
        var step = giveOne(read, limit, nowMillis, effort);
        if (step == Seeker.Step.RESTS) {
            step = giveOne(anybodys, limit, nowMillis, effort);
        }
        var consumer = rotation.first();
        while (consumer != null && step == Seeker.Step.RESTS) {
            var next = rotation.after(consumer);
            var share = consumer.shareOrNull();
            if (share != null && !share.waiting.isEmpty() && consumer.hasCredit()) {
                step = giveOne(share.waiting, limit, nowMillis, effort);
            }
            consumer = next;
        }
        return step;
    }

    private Seeker.Step giveOne(Set<HeldBack> waiting, Limit limit, long nowMillis, Effort effort) {
        int inVain = 0;
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            if (inVain == waiting.size()) {
                return Seeker.Step.RESTS;
            }
            if (!effort.goOn()) {
                return Seeker.Step.TIRED;
            }
            var back = waiting.iterator().next();
            switch (attempt(back, limit, nowMillis, effort)) {
                case GIVEN -> {
                    return Seeker.Step.MOVED;
                }
                case READS -> {
                    // The others' turn comes before it is tried again.
                    back.waitIn(null);
                    enqueue(back);
                    inVain += back.isWaitingIn(waiting) ? 1 : 0;
                }
                case TOO_EARLY -> {
                    // Another group may be before all that is to be looked at.
                    back.waitIn(null);
                    back.waitIn(waiting);
                    inVain++;
                }
                case TIRED -> {
                    return Seeker.Step.TIRED;
                }
                case HELD -> {
                    // It waits elsewhere, or for a change of its group.
                }
            }
        }
        // When all of them are being read, or are to wait, it goes on with that.
        return inVain == TRIES_MAX ? Seeker.Step.RESTS : Seeker.Step.TIRED;
    }

    private Attempt attempt(HeldBack back, Limit limit, long nowMillis, Effort effort) {
        var group = back.group();
        int place = first(back, effort);
        if (place == TOO_MANY_GONE) {
            return Attempt.TIRED;
        }
        if (back.isEmpty()) {
            forget(back);
            return Attempt.HELD;
        }
        long sequence = back.sequences().get(place);
        if (!limit.allows(sequence, back.firstSinceMillis())) {
            return Attempt.TOO_EARLY;
        }
        if (!mayGo(group)) {
            back.waitIn(null);
            return Attempt.HELD;
        }
        var lane = lanes.of(sequence);
        var returned = lane.returned().at(sequence);
        var consumer = taker(group, returned);
        if (consumer == null) {
            park(back, returned);
            return Attempt.HELD;
        }
        var entry = returned == null ? takeFromLine(back, lane, sequence) : takeReturned(lane, returned);
        if (entry == null) {
            return Attempt.READS;
        }
        boolean last = back.isLast(sequence);
        back.remove(place, nowMillis);
        onTaken(group, entry, consumer, last, nowMillis);
        if (back.isEmpty()) {
            forget(back);
        } else {
            back.waitIn(null);
            enqueue(back);
            if (back.hasRead()) {
                onRead(back);
            }
        }
        giving.give(entry, consumer, nowMillis);
        return Attempt.GIVEN;
    }

    /** Where the first message stands that is still here; those that are gone are forgotten on the way. */
    private int first(HeldBack back, Effort effort) {
        var sequences = back.sequences();
        int best = 0;
        int place = 0;
        while (place < sequences.size()) {
            long sequence = sequences.get(place);
            if (!isHere(sequence)) {
                back.remove(place, clock.nowMillis());
                if (!effort.goOn()) {
                    return TOO_MANY_GONE;
                }
            } else {
                if (place != best && lanes.comesBefore(sequence, sequences.get(best))) {
                    best = place;
                }
                if (!lanes.rules().isByArrival()) {
                    return best;
                }
                // The first ones of the other lanes may have come before.
                place = sequences.placeOf(Lane.firstSequence(Lane.numberIn(sequence) + 1));
            }
        }
        return best;
    }

    private boolean isHere(long sequence) {
        var lane = lanes.of(sequence);
        return lane.returned().at(sequence) != null || lane.line().contains(sequence);
    }

    /** Null when it has to be read first. */
    private @Nullable QueueEntry takeReturned(Lane lane, QueueEntry returned) {
        if (!returned.isAtHand()) {
            lane.returned().readFrom(returned);
            return null;
        }
        giving.takeReturned(returned);
        return returned;
    }

    private @Nullable QueueEntry takeFromLine(HeldBack back, Lane lane, long sequence) {
        var entry = lane.line().inMemory(sequence);
        boolean large = entry == null ? lane.line().largeAt(sequence) != null : entry.large() != null;
        if (large) {
            return giving.takeFromLine(sequence, null);
        }
        var message = entry == null ? back.read(sequence) : entry.message();
        if (message == null) {
            reads.read(back, sequence);
            return null;
        }
        return giving.takeFromLine(sequence, message);
    }

    /** Nobody takes it now. */
    private void park(HeldBack back, @Nullable QueueEntry returned) {
        var owner = back.group().owner();
        back.waitIn(null);
        if (owner == null) {
            back.waitIn(unwanted);
        } else if (returned == null || returned.isDeliverableTo(owner)) {
            // It waits for its owner's credit.
            enqueue(back);
        }
    }

    private void forget(HeldBack back) {
        back.waitIn(null);
        held.remove(back.group());
        back.group().heldBack().remove(back);
        groups.onChanged(back.group());
        reads.forget(back);
        back.end();
    }
}
