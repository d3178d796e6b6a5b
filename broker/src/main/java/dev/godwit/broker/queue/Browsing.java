package dev.godwit.broker.queue;

import dev.godwit.broker.queue.Cursor.Sight;

/**
 * A consumer that only looks (AMQP 1.0 §3.5.7): it is shown copies of the messages that it could have been given, from
 * the oldest to the youngest, each once, and then those that come. A message that somebody has at that moment is not
 * shown: whether it is in the queue, only its settlement will tell. Owned by the queue's loop.
 */
final class Browsing implements Seeker {
    private final QueueConsumer consumer;
    private final Cursor cursor;
    private final Seekers.Giving giving;

    Browsing(QueueConsumer consumer, Cursor cursor, Seekers.Giving giving) {
        this.consumer = consumer;
        this.cursor = cursor;
        this.giving = giving;
    }

    @Override
    public Cursor cursor() {
        return cursor;
    }

    @Override
    public Step step(long nowMillis, Effort effort) {
        if (!consumer.hasCredit()) {
            return Step.RESTS;
        }
        var sight = cursor.find(effort);
        if (sight != Sight.FOUND) {
            return sight == Sight.TIRED ? Step.TIRED : Step.RESTS;
        }
        var returned = cursor.returned();
        var original = returned == null ? giving.inLine(cursor.sequence(), cursor.message()) : returned;
        cursor.pass();
        cursor.passReturnedBefore(original.sequence() + 1);
        if (!original.isExpired(nowMillis)) {
            consumer.see();
            consumer.port().onMessage(QueueEntry.shown(original));
        }
        if (returned != null) {
            cursor.onSeen(returned);
        }
        return Step.MOVED;
    }

    @Override
    public void offer(QueueConsumer offered) {
        // Its credit is asked for at each step.
    }

    @Override
    public boolean remove(QueueConsumer removed) {
        return true;
    }

    @Override
    public boolean hasTaker() {
        return consumer.hasCredit();
    }

    @Override
    public boolean hasFor(QueueConsumer asking) {
        return cursor.hasMore();
    }

    @Override
    public void onReturned(long sequence) {
        // It was shown before, or somebody had it when its place was passed: once is enough.
    }
}
