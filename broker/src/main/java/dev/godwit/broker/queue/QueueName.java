package dev.godwit.broker.queue;

/**
 * Which queue it is.
 *
 * @param queueId its number in the journal, never used again
 * @param isDurable false for a temporary queue, whose messages never touch the journal
 * @param policyAddress the address whose policies hold for it: of a subscription, its topic's
 */
public record QueueName(long queueId, String name, boolean isDurable, String policyAddress) {
    /** A queue that is found by its own name. */
    public QueueName(long queueId, String name, boolean isDurable) {
        this(queueId, name, isDurable, name);
    }
}
