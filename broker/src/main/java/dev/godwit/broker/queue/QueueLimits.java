package dev.godwit.broker.queue;

/**
 * What bounds a queue.
 *
 * @param deliveryAttemptsMax failed attempts after which a message goes to the dead letters; 0 for no limit
 * @param memory shared by all queues of a broker
 */
public record QueueLimits(int deliveryAttemptsMax, MessageMemory memory) {
    boolean isLastAttempt(int failedAttempts) {
        return deliveryAttemptsMax > 0 && failedAttempts >= deliveryAttemptsMax;
    }
}
