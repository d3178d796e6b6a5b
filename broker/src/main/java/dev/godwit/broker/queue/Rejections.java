package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;

/** Messages that do not come into a queue, and what their senders hear. Owned by the queue's loop; lives as long as the queue. */
final class Rejections {
    private final MessageMemory memory;
    private final QueueCounters counters;
    private final Capacity capacity;

    Rejections(MessageMemory memory, QueueCounters counters, Capacity capacity) {
        this.memory = memory;
        this.counters = counters;
        this.capacity = capacity;
    }

    /** The queue is no more. */
    void refuseForGood(QueueEntry entry) {
        abandon(entry).onDeleted();
    }

    /** The queue is there, and may take the next one. */
    void refuse(QueueEntry entry) {
        abandon(entry).onRefused();
    }

    /** There are as many here as may be. */
    void refuseFull(QueueEntry entry) {
        counters.onOverflown();
        reject(entry, capacity.refusal());
    }

    /** It alone is more than may be here. */
    void refuseOversized(QueueEntry entry, long bytes) {
        counters.onOverflown();
        abandon(entry).onOversized(capacity.refusalOf(bytes));
    }

    /** For a reason that the sender should hear. */
    void reject(QueueEntry entry, ErrorCondition why) {
        abandon(entry).onRejected(why);
    }

    /** The message is not to be here; whoever calls gives the reply. */
    EnqueueReply abandon(QueueEntry entry) {
        entry.become(EntryState.GONE);
        entry.count(memory, 0);
        var parts = entry.parts();
        if (parts != null) {
            parts.giveUp();
        }
        return entry.takeReply();
    }
}
