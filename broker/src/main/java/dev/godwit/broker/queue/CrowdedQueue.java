package dev.godwit.broker.queue;

import java.util.List;

/** What happens when there is too much in a queue. Owned by the queue's loop; lives as long as the queue. */
final class CrowdedQueue implements Overflow.Crowded {
    private final MessageQueue queue;
    private final List<QueueConsumer> consumers;
    private final QueueCounters counters;

    /** @param consumers those who are here now, whenever it is asked */
    CrowdedQueue(MessageQueue queue, List<QueueConsumer> consumers, QueueCounters counters) {
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

    @Override
    public void onRelieved() {
        queue.postTurnEnd();
    }

    @Override
    public void detachConsumers() {
        List.copyOf(consumers).forEach(each -> each.port().onOverflow());
    }
}
