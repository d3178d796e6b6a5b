package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A consumer that only looks (AMQP 1.0 §3.5.7): it is shown copies of the messages that it could have been given, those of
 * the highest priority first and among these the oldest, each once, and then those that come. A message that somebody has
 * at that moment is not shown: whether it is in the queue, only its settlement will tell. Owned by the queue's loop.
 */
final class Browsing implements Seeker {
    private final QueueConsumer consumer;
    private final LaneCursors cursors;
    private final LaneTurns turns;
    private final Seekers.Giving giving;

    Browsing(QueueConsumer consumer, LaneCursors cursors, LaneTurns turns, Seekers.Giving giving) {
        this.consumer = consumer;
        this.cursors = cursors;
        this.turns = turns;
        this.giving = giving;
    }

    @Override
    public boolean wants(Message seen, int deliveryCount, @Nullable AddedAnnotations added) {
        // It takes nothing, so no message waits for it.
        return false;
    }

    @Override
    public LaneCursors cursors() {
        return cursors;
    }

    @Override
    public int consumers() {
        return 1;
    }

    @Override
    public void letGo() {
        cursors.letGo();
    }

    @Override
    public void startAgain() {
        // It sees messages of groups as all others.
    }

    @Override
    public void onTurn() {
        // It asks for everything at each step.
    }

    @Override
    public Step step(long nowMillis, Effort effort) {
        if (!consumer.hasCredit()) {
            return Step.RESTS;
        }
        cursors.begin(effort);
        var lane = turns.next(cursors, nowMillis);
        if (lane == null) {
            return turns.sight() == Sight.TIRED ? Step.TIRED : Step.RESTS;
        }
        var cursor = cursors.of(lane);
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
    public long takersPriorityBelow(long priority) {
        return hasTaker() && consumer.priority() < priority ? consumer.priority() : Long.MIN_VALUE;
    }

    @Override
    public void showDownTo(long priority) {
        // Whoever only looks keeps nobody from anything.
    }

    @Override
    public boolean hasFor(QueueConsumer asking) {
        return cursors.hasMore();
    }

    @Override
    public void onReturned(long sequence) {
        // It was shown before, or somebody had it when its place was passed: once is enough.
    }
}
