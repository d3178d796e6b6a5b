package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.PriorityMode;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of a queue that want the same messages: one cursor finds these for all of them, and they take turns.
 * Owned by the queue's loop.
 */
final class Selection implements Seeker {
    private final @Nullable MessageFilter filter;
    private final Lanes lanes;
    private final LaneCursors cursors;
    private final LaneTurns turns;
    private final Seekers.Giving giving;
    private final MessageGroups groups;
    private final HeldGroups held;
    private final ConsumerRotation rotation = new ConsumerRotation();
    private int consumers;

    /** Consumers of lower priority are not served for the time being. */
    private long floor = Long.MIN_VALUE;

    /** All that was passed in vain was offered to whoever has credit, down to this priority. */
    private long offeredDownTo = Long.MIN_VALUE;

    /** Is being given a message, and takes its place again then: it knows what it may not have. */
    private @Nullable QueueConsumer served;

    /** There may be more for those with credit, perhaps when it has been read. */
    private boolean mayHaveMore;

    /** What was held back may go before messages of higher priority, where these do not always come first. */
    private boolean heldGoesFirst;

    /** @param filter null for those that want everything, where messages have groups */
    Selection(
            @Nullable MessageFilter filter,
            Lanes lanes,
            LaneCursors cursors,
            Seekers.Giving giving,
            MessageGroups groups) {
        this.filter = filter;
        this.lanes = lanes;
        this.cursors = cursors;
        this.turns = LaneTurns.ofTakers(lanes);
        this.giving = giving;
        this.groups = groups;
        this.held = groups.of(this, rotation, giving);
    }

    @Nullable
    MessageFilter filter() {
        return filter;
    }

    @Override
    public boolean wants(Message seen, int deliveryCount, @Nullable AddedAnnotations added) {
        return filter == null || filter.matches(seen, deliveryCount, added);
    }

    @Override
    public LaneCursors cursors() {
        return cursors;
    }

    void add() {
        consumers++;
    }

    @Override
    public int consumers() {
        return consumers;
    }

    @Override
    public void offer(QueueConsumer consumer) {
        if (consumer.rank == null && consumer.hasCredit()) {
            if (consumer != served) {
                lookAgain(Long.MIN_VALUE);
            }
            held.onOffered();
            groups.onTaker(consumer);
        }
        rotation.offer(consumer);
    }

    @Override
    public boolean remove(QueueConsumer consumer) {
        rotation.remove(consumer);
        held.release(consumer);
        if (--consumers > 0) {
            return false;
        }
        held.end();
        return true;
    }

    /** The consumer is to be given nothing more for the time being. */
    void release(QueueConsumer consumer) {
        held.release(consumer);
    }

    @Override
    public boolean hasTaker() {
        return rotation.hasTaker();
    }

    @Override
    public long takersPriorityBelow(long priority) {
        return rotation.takersPriorityBelow(priority);
    }

    @Override
    public void showDownTo(long priority) {
        if (priority < offeredDownTo && isRound(priority) && rotation.takersPriorityBelow(offeredDownTo) >= priority) {
            // What those of higher priority may not have, others may.
            lookAgain(priority);
        }
        if (priority < floor && isRound(priority)) {
            held.onOffered();
        }
        rotation.showDownTo(priority);
        floor = priority;
    }

    /** False when everybody is shown because a round is over, and nobody is given anything. */
    private static boolean isRound(long priority) {
        return priority != Long.MIN_VALUE;
    }

    private void lookAgain(long downTo) {
        cursors.lookAgain();
        offeredDownTo = downTo;
    }

    @Override
    public boolean hasFor(QueueConsumer consumer) {
        return cursors.hasMore() || held.mayHaveFor(consumer);
    }

    @Override
    public void onReturned(long sequence) {
        cursors.onReturned(sequence);
    }

    @Override
    public void startAgain() {
        held.end();
        cursors.startAgain();
    }

    @Override
    public void letGo() {
        cursors.letGo();
        held.letGo();
    }

    @Override
    public void onTurn() {
        mayHaveMore = rotation.hasTaker();
    }

    /** True when those with credit have not been given all that there is for them. */
    boolean mayHaveMore() {
        return mayHaveMore;
    }

    @Override
    public Step step(long nowMillis, Effort effort) {
        mayHaveMore = false;
        if (!rotation.hasTaker()) {
            return Step.RESTS;
        }
        var step = stepOfTakers(nowMillis, effort);
        mayHaveMore = step != Step.RESTS || turns.sight() != Sight.END;
        return step;
    }

    private Step stepOfTakers(long nowMillis, Effort effort) {
        cursors.begin(effort);
        var lane = turns.next(cursors, nowMillis);
        if (!held.isEmpty()) {
            heldGoesFirst = !heldGoesFirst;
            var step = held.giveOne(
                    (sequence, sinceMillis) -> mayGoBefore(sequence, sinceMillis, lane, nowMillis), nowMillis, effort);
            if (step != Step.RESTS) {
                return step;
            }
        }
        if (lane == null) {
            return turns.sight() == Sight.TIRED ? Step.TIRED : Step.RESTS;
        }
        var cursor = cursors.of(lane);
        var group = groupOf(cursor.seen());
        if (group != null) {
            stepGroup(lane, cursor, group, nowMillis);
            return Step.MOVED;
        }
        var returned = cursor.returned();
        if (returned == null) {
            var entry = giving.takeFromLine(cursor.sequence(), cursor.message());
            cursor.pass();
            onTaken(lane);
            give(entry, nowMillis);
        } else {
            giveReturned(lane, cursor, returned, nowMillis);
        }
        return Step.MOVED;
    }

    /**
     * Whether a message that was held back may go now.
     *
     * @param lane where the next one was found; null when none was
     */
    private boolean mayGoBefore(long sequence, long sinceMillis, @Nullable Lane lane, long nowMillis) {
        if (cursors.isPassedAndBeforeOthers(sequence)) {
            return true;
        }
        if (lane == null || !heldGoesFirst || !cursors.isPassed(sequence)) {
            return false;
        }
        var rules = lanes.rules();
        return rules.mode() == PriorityMode.WEIGHTED
                || (rules.mode() == PriorityMode.AGED && nowMillis - sinceMillis >= rules.maxWaitMillis());
    }

    private @Nullable MessageGroup groupOf(@Nullable Message seen) {
        var group = seen == null ? null : groups.of(seen);
        if (group != null) {
            giving.onGroup();
        }
        return group;
    }

    private void onTaken(Lane lane) {
        turns.onTaken(lane);
        cursors.onTaken(lane);
    }

    private void stepGroup(Lane lane, Cursor cursor, MessageGroup group, long nowMillis) {
        boolean last = groups.wasLast();
        var returned = cursor.returned();
        var consumer = held.takerOf(group, returned);
        if (consumer == null) {
            held.hold(group, cursor.found(), returned, last);
            cursor.pass();
            return;
        }
        QueueEntry entry;
        if (returned == null) {
            entry = giving.takeFromLine(cursor.sequence(), cursor.message());
        } else {
            entry = returned;
            giving.takeReturned(returned);
        }
        cursor.pass();
        onTaken(lane);
        held.onTaken(group, entry, consumer, last, nowMillis);
        give(entry, consumer, nowMillis);
    }

    private void giveReturned(Lane lane, Cursor cursor, QueueEntry entry, long nowMillis) {
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            cursor.passInVain(entry);
            offeredDownTo = Math.max(offeredDownTo, floor);
        } else {
            cursor.pass();
            onTaken(lane);
            giving.takeReturned(entry);
            give(entry, consumer, nowMillis);
        }
    }

    private void give(QueueEntry entry, long nowMillis) {
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            throw new IllegalStateException("nobody takes message " + entry.sequence() + " out of the line");
        }
        give(entry, consumer, nowMillis);
    }

    private void give(QueueEntry entry, QueueConsumer consumer, long nowMillis) {
        served = consumer;
        try {
            giving.give(entry, consumer, nowMillis);
        } finally {
            served = null;
        }
    }
}
