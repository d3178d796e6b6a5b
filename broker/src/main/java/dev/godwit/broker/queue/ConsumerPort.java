package dev.godwit.broker.queue;

/** What a consumer hears from its queue, in this order of events, on the loop it named when it came. */
public interface ConsumerPort {
    /** Here is a message. It stays yours until you settle it through the {@link ConsumerDoor}, or leave. */
    void onMessage(QueueEntry entry);

    /** A drain is done: all that the queue had for this consumer has come, and it holds no credit. */
    void onDrained();

    /** The queue is no more. What you have of it is void. */
    void onQueueDeleted();

    /**
     * The queue had to drop messages, and its consumers are to leave because they did not keep up. May come more than once
     * until they do.
     */
    default void onOverflow() {}
}
