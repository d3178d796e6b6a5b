package dev.godwit.broker.queue;

/** What becomes of messages that are cleared away. Owned by the queue's loop; lives as long as the queue. */
final class ClearedMessages implements Clearing.Leaving, LastValues.Outdating {
    private final MessageQueue queue;
    private final Lanes lanes;
    private final Expiry expiry;
    private final QueueCounters counters;

    ClearedMessages(MessageQueue queue, Lanes lanes, Expiry expiry, QueueCounters counters) {
        this.queue = queue;
        this.lanes = lanes;
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
        queue.exits().end(entry);
    }

    @Override
    public boolean replace(long sequence) {
        var inLine = lanes.takeOut(sequence);
        if (inLine != null) {
            counters.onReplaced();
            onClearedInLine(inLine);
            return true;
        }
        var returned = lanes.of(sequence).returned().next(sequence);
        if (returned == null || returned.sequence() != sequence) {
            return false;
        }
        lanes.removeReturned(returned);
        counters.onReplaced();
        onClearedReturned(returned);
        return true;
    }

    @Override
    public boolean isInLine(long sequence) {
        return lanes.isInLine(sequence);
    }

    @Override
    public void betweenRounds(Runnable task) {
        if (queue.isGivingOut()) {
            queue.owner().execute(task);
        } else {
            task.run();
        }
    }

    @Override
    public void onRemovalsPending() {
        queue.postTurnEnd();
    }
}
