package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;

/** What the parts of a queue tell it. Owned by the queue's loop; lives as long as the queue. */
final class QueueHearing
        implements FreshLine.LineListener, Rereads.RereadListener, Departures.DepartureListener, Expiry.Expiring {
    /** How long a message waits that the dead letters did not take. */
    private static final long STAY_MILLIS = 1_000;

    private final MessageQueue queue;
    private final Clock clock;

    /** @param queue which may still be built */
    QueueHearing(MessageQueue queue, Clock clock) {
        this.queue = queue;
        this.clock = clock;
    }

    @Override
    public void onHot() {
        queue.postTurnEnd();
    }

    @Override
    public void onReread() {
        queue.postTurnEnd();
    }

    @Override
    public void onUnreadable(long index, String problem) {
        queue.counters().onReadyDamaged();
        queue.lastValues().onLost(index);
        queue.damaged().add(index, problem);
        queue.postTurnEnd();
    }

    @Override
    public void onUnreadable(QueueEntry entry, String problem) {
        if (entry.state() == EntryState.LEAVING) {
            queue.counters().onHeldDamaged();
            if (queue.isDeleted()) {
                queue.exits().end(entry);
                return;
            }
        } else {
            queue.counters().onReadyDamaged();
            queue.lanes().removeReturned(entry);
            queue.expiry().onLeftReturned(entry);
        }
        queue.exits().setAside(entry, problem);
    }

    @Override
    public void onDeparted(QueueEntry entry) {
        queue.exits().end(entry);
    }

    @Override
    public void onStay(QueueEntry entry, DeadLetter why) {
        if (why.reason() == DeadLetter.Reason.EXPIRED) {
            queue.expired().onRefused(entry);
        } else if (queue.isDeleted()) {
            queue.exits().end(entry);
        } else if (entry.isDeferred()) {
            entry.returned(false);
            queue.deferred().takeBack(entry);
        } else {
            // Nobody can tell when it is taken there: at once it would only go around in a circle.
            entry.returned(false);
            entry.waitUntil(clock.nowMillis() + STAY_MILLIS);
            queue.delayed().takeBack(entry);
        }
    }

    @Override
    public boolean isInLine(long sequence) {
        return queue.lanes().isInLine(sequence);
    }

    @Override
    public void onExpiredInLine(long sequence) {
        var entry = queue.lanes().takeOut(sequence);
        if (entry != null) {
            queue.expired().add(entry);
        }
    }

    @Override
    public int roomForExpired() {
        return queue.expired().room();
    }

    @Override
    public void onExpired(QueueEntry entry) {
        if (entry.state() == EntryState.DEFERRED) {
            queue.deferred().onExpired(entry);
        } else {
            queue.lanes().removeReturned(entry);
        }
        queue.expired().add(entry);
    }
}
