package dev.godwit.broker.queue;

/**
 * How much a queue may hold that drops its oldest messages rather than make producers wait.
 *
 * @param memoryBytesMax of messages in memory
 * @param diskBytesMax of large messages, which the journal keeps
 * @param memory what all such queues may hold together in memory
 * @param disk and on the disk
 * @param detachesConsumers whether consumers are sent away when a message had to be dropped: they did not keep up
 */
public record HoldingLimits(
        long memoryBytesMax, long diskBytesMax, SharedRoom memory, SharedRoom disk, boolean detachesConsumers) {}
