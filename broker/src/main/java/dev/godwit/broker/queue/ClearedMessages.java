package dev.godwit.broker.queue;

/** What becomes of messages that are cleared away. Owned by the queue's loop; lives as long as the queue. */
final class ClearedMessages implements Clearing.Leaving {
    private final MessageQueue queue;
    private final Expiry expiry;
    private final QueueCounters counters;

    ClearedMessages(MessageQueue queue, Expiry expiry, QueueCounters counters) {
        this.queue = queue;
        this.expiry = expiry;
        this.counters = counters;
    }

    @Override
    public void onClearedReturned(QueueEntry entry) {
        expiry.onLeftReturned(entry);
        onClearedDelayed(entry);
    }

    @Override
    public void onClearedInLine(QueueEntry entry) {
        expiry.onLeftLine(entry);
        onClearedDelayed(entry);
    }

    @Override
    public void onClearedDelayed(QueueEntry entry) {
        counters.onReadyDropped();
        queue.end(entry);
    }

    @Override
    public void onRemovalsPending() {
        queue.postTurnEnd();
    }
}
