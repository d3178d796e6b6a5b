package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.queue.Cursor.Sight;

/**
 * The consumers of a queue that want the same messages: one cursor finds these for all of them, and they take turns.
 * Owned by the queue's loop.
 */
final class Selection implements Seeker {
    private static final long NONE = Long.MAX_VALUE;

    private final MessageFilter filter;
    private final Cursor cursor;
    private final Seekers.Giving giving;
    private final ConsumerRotation rotation = new ConsumerRotation();
    private int consumers;

    /** The first that came back, is wanted, and may not be given to those who had credit then. */
    private long firstPassed = NONE;

    Selection(MessageFilter filter, Cursor cursor, Seekers.Giving giving) {
        this.filter = filter;
        this.cursor = cursor;
        this.giving = giving;
    }

    MessageFilter filter() {
        return filter;
    }

    @Override
    public Cursor cursor() {
        return cursor;
    }

    void add() {
        consumers++;
    }

    @Override
    public void offer(QueueConsumer consumer) {
        if (!consumer.inRotation && firstPassed != NONE) {
            cursor.onReturned(firstPassed);
            firstPassed = NONE;
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
    public boolean hasFor(QueueConsumer consumer) {
        return cursor.hasMore();
    }

    @Override
    public void onReturned(long sequence) {
        cursor.onReturned(sequence);
    }

    @Override
    public Step step(long nowMillis, Effort effort) {
        if (!rotation.hasTaker()) {
            return Step.RESTS;
        }
        var sight = cursor.find(effort);
        if (sight != Sight.FOUND) {
            return sight == Sight.TIRED ? Step.TIRED : Step.RESTS;
        }
        var returned = cursor.returned();
        if (returned == null) {
            var entry = giving.takeFromLine(cursor.sequence(), cursor.message());
            cursor.pass();
            give(entry, nowMillis);
        } else {
            cursor.pass();
            giveReturned(returned, nowMillis);
        }
        return Step.MOVED;
    }

    private void giveReturned(QueueEntry entry, long nowMillis) {
        var consumer = rotation.takeFor(entry);
        if (consumer == null) {
            firstPassed = Math.min(firstPassed, entry.sequence());
        } else {
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
