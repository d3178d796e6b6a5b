package dev.godwit.broker.queue;

/** Counts, in messages. Owned by the queue's loop. */
final class QueueCounters {
    private long ready;
    private long acquired;
    private long enqueued;
    private long consumed;
    private long returned;
    private long rejected;
    private long expired;

    void onEnqueued() {
        enqueued++;
        ready++;
    }

    void onAcquired() {
        ready--;
        acquired++;
    }

    void onLetGo() {
        acquired--;
    }

    void onConsumed() {
        consumed++;
    }

    void onReturned() {
        returned++;
        ready++;
    }

    void onRejected() {
        rejected++;
    }

    void onExpired() {
        expired++;
        ready--;
    }

    long ready() {
        return ready;
    }

    long acquired() {
        return acquired;
    }

    QueueStatistics snapshot(String queue, int consumers) {
        return new QueueStatistics(queue, ready, acquired, enqueued, consumed, returned, rejected, expired, consumers);
    }
}
