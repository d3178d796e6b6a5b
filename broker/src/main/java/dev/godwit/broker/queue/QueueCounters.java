package dev.godwit.broker.queue;

import java.util.List;

/** Counts, in messages. Owned by the queue's loop. */
final class QueueCounters {
    private long ready;
    private long acquired;
    private long delayed;
    private long deferred;
    private long enqueued;
    private long consumed;
    private long returned;
    private long rejected;
    private long expired;
    private long damaged;
    private long dropped;
    private long duplicates;
    private long replaced;
    private long locksLost;
    private long consumerTimeouts;

    void onRestored(long messages) {
        enqueued += messages;
        ready += messages;
    }

    void onEnqueued() {
        enqueued++;
        ready++;
    }

    /** Messages came that nobody is to be given yet. */
    void onDelayed(long messages) {
        enqueued += messages;
        delayed += messages;
    }

    /** One that nobody is to be given yet came back. */
    void onReturnedEarly() {
        returned++;
        delayed++;
    }

    /** The time of a message has come, or it is to leave: it counts as one that could be given out. */
    void onDelayOver() {
        delayed--;
        ready++;
    }

    /** A consumer lays a message aside. */
    void onDeferred() {
        returned++;
        deferred++;
    }

    /** A message was laid aside before the start. */
    void onDeferredRestored() {
        enqueued++;
        deferred++;
    }

    /** A message was settled, before the start, in a transaction that is prepared. */
    void onAcquiredRestored() {
        enqueued++;
        acquired++;
    }

    /** One that is laid aside is asked for, or is to leave: it counts as one that could be given out. */
    void onDeferralOver() {
        deferred--;
        ready++;
    }

    /** It was not given out. */
    void onPutBack() {
        ready--;
        deferred++;
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

    /** A message ends with its queue. */
    void onReadyDropped() {
        ready--;
    }

    /** A message that was dropped made room for those behind it. */
    void onOverflown() {
        dropped++;
    }

    /** A newer message of the same key came. */
    void onReplaced() {
        replaced++;
    }

    /** A consumer had a message for too long, and has it no more. */
    void onTakenAway(HoldEnd why) {
        if (why == HoldEnd.LOCK_LOST) {
            locksLost++;
        } else {
            consumerTimeouts++;
        }
    }

    /** A message that had come already came again. */
    void onDuplicate() {
        duplicates++;
    }

    /** A message that could have been given out cannot be read. */
    void onReadyDamaged() {
        damaged++;
        ready--;
    }

    /** A message that somebody had, or that was on its way to the dead letters, cannot be read. */
    void onHeldDamaged() {
        damaged++;
    }

    /** All that are here. */
    long held() {
        return ready + acquired + delayed + deferred;
    }

    long ready() {
        return ready;
    }

    long acquired() {
        return acquired;
    }

    QueueStatistics snapshot(String queue, long bytes, QueueConsumers consumers, List<WaitStatistics> waits) {
        return new QueueStatistics(
                queue,
                ready,
                acquired,
                delayed,
                deferred,
                bytes,
                enqueued,
                consumed,
                returned,
                rejected,
                expired,
                damaged,
                dropped,
                duplicates,
                replaced,
                locksLost,
                consumerTimeouts,
                consumers.count(),
                consumers.slowNames(),
                consumers.breakerStatus(),
                waits);
    }
}
