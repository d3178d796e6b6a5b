package dev.godwit.broker.queue;

/**
 * Which queue it is.
 *
 * @param queueId its number in the journal, never used again
 * @param isDurable false for a temporary queue, whose messages never touch the journal
 */
public record QueueName(long queueId, String name, boolean isDurable) {}
