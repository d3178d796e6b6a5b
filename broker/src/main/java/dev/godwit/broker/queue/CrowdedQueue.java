package dev.godwit.broker.queue;

/** What happens when there is too much in a queue. Owned by the queue's loop; lives as long as the queue. */
final class CrowdedQueue implements Overflow.Crowded {
    /** Messages that are dropped in one go before other work of the loop gets its turn. */
    private static final int DROPPED_MAX = 1_000;

    private final MessageQueue queue;
    private final QueueConsumers consumers;
    private final QueueCounters counters;

    CrowdedQueue(MessageQueue queue, QueueConsumers consumers, QueueCounters counters) {
        this.queue = queue;
        this.consumers = consumers;
        this.counters = counters;
    }

    @Override
    public boolean dropOldest() {
        if (!queue.clearing().clearLeast()) {
            return false;
        }
        counters.onOverflown();
        return true;
    }

    /** Drops what is more than the queue may hold: in slices, and no more than one record of removals should hold. */
    void dropBeyond(Capacity capacity) {
        for (int dropped = 0; capacity.isExceeded(); dropped++) {
            if (!queue.clearing().hasRoom()) {
                queue.owner().schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, queue::postTurnEnd);
                return;
            }
            if (dropped == DROPPED_MAX) {
                queue.postTurnEnd();
                return;
            }
            if (!dropOldest()) {
                return;
            }
        }
    }

    @Override
    public void onRelieved() {
        queue.postTurnEnd();
    }

    @Override
    public void detachConsumers() {
        consumers.here().forEach(each -> each.port().onOverflow());
    }
}
