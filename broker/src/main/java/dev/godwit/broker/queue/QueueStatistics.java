package dev.godwit.broker.queue;

import java.util.List;

/**
 * What happened in a queue since the broker started, in messages.
 *
 * @param ready messages that could be given out now
 * @param acquired messages that consumers have and have not settled
 * @param scheduled messages that wait for their time: scheduled ones, and those that wait for their next attempt
 * @param deferred messages that consumers have laid aside
 * @param bytes of all these, and of those that are on their way to the dead letters, encoded as they came
 * @param rejected messages that a consumer rejected (dead-lettered or, without a dead letter address, dropped)
 * @param damaged messages that are here but cannot be read from the disk: nobody is given them, and they are not removed
 * @param dropped messages that made room for newer ones, in a queue that may hold only so much
 * @param duplicates messages that came again, were accepted, and are not here a second time
 * @param replaced messages that went because a newer one of their key came
 * @param locksLost messages that went back because their locks ran out before consumers settled them
 * @param consumerTimeouts messages that consumers had for so long that these were detached
 * @param slowConsumers those who settle fewer messages than they should, if anybody asks for that
 * @param breaker whether it gives messages out
 * @param waits how long messages waited, for each priority of which some were given out, the highest first
 */
public record QueueStatistics(
        String queue,
        long ready,
        long acquired,
        long scheduled,
        long deferred,
        long bytes,
        long enqueued,
        long consumed,
        long returned,
        long rejected,
        long expired,
        long damaged,
        long dropped,
        long duplicates,
        long replaced,
        long locksLost,
        long consumerTimeouts,
        int consumers,
        List<String> slowConsumers,
        BreakerStatus breaker,
        List<WaitStatistics> waits) {}
