package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;

/**
 * The consumers of a queue that want the same messages: one cursor finds these for all of them, and they take turns.
 * Owned by the queue's loop.
 */
final class Selection implements Seeker {
    private final MessageFilter filter;
    private final LaneCursors cursors;
    private final LaneTurns turns;
    private final Seekers.Giving giving;
    private final ConsumerRotation rotation = new ConsumerRotation();
    private int consumers;

    /** Consumers of lower priority are not served for the time being. */
    private long floor = Long.MIN_VALUE;

    Selection(MessageFilter filter, LaneCursors cursors, LaneTurns turns, Seekers.Giving giving) {
        this.filter = filter;
        this.cursors = cursors;
        this.turns = turns;
        this.giving = giving;
    }

    MessageFilter filter() {
        return filter;
    }

    @Override
    public LaneCursors cursors() {
        return cursors;
    }

    void add() {
        consumers++;
    }

    @Override
    public void offer(QueueConsumer consumer) {
        if (consumer.rank == null) {
            cursors.lookAgain();
        }
        rotation.offer(consumer);
    }

    @Override
    public boolean remove(QueueConsumer consumer) {
        rotation.remove(consumer);
        return --consumers == 0;
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
        rotation.showDownTo(priority);
        if (priority < floor) {
            // What those of higher priority may not have, others may.
            cursors.lookAgain();
        }
        floor = priority;
    }

    @Override
    public boolean hasFor(QueueConsumer consumer) {
        return cursors.hasMore();
    }

    @Override
    public void onReturned(long sequence) {
        cursors.onReturned(sequence);
    }

    @Override
    public Step step(long nowMillis, Effort effort) {
        if (!rotation.hasTaker()) {
            return Step.RESTS;
        }
        cursors.begin(effort);
        var lane = turns.next(cursors, nowMillis);
        if (lane == null) {
            return turns.sight() == Sight.TIRED ? Step.TIRED : Step.RESTS;
        }
        var cursor = cursors.of(lane);
        var returned = cursor.returned();
        if (returned == null) {
            var entry = giving.takeFromLine(cursor.sequence(), cursor.message());
            cursor.pass();
            turns.onTaken(lane);
            give(entry, nowMillis);
        } else {
            giveReturned(lane, cursor, returned, nowMillis);
        }
        return Step.MOVED;
    }

    private void giveReturned(Lane lane, Cursor cursor, QueueEntry entry, long nowMillis) {
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            cursor.passInVain(entry);
        } else {
            cursor.pass();
            turns.onTaken(lane);
            giving.takeReturned(entry);
            giving.give(entry, consumer, nowMillis);
        }
    }

    private void give(QueueEntry entry, long nowMillis) {
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            throw new IllegalStateException("nobody takes message " + entry.sequence() + " out of the line");
        }
        giving.give(entry, consumer, nowMillis);
    }
}
