package dev.godwit.broker.queue;

/**
 * What happened in a queue since the broker started, in messages.
 *
 * @param ready messages that could be given out now
 * @param acquired messages that consumers have and have not settled
 * @param rejected messages that a consumer rejected (dead-lettered or, without a dead letter address, dropped)
 */
public record QueueStatistics(
        String queue,
        long ready,
        long acquired,
        long enqueued,
        long consumed,
        long returned,
        long rejected,
        long expired,
        int consumers) {}
