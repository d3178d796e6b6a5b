package dev.godwit.broker.queue;

/** What a consumer hears from its queue, in this order of events, on the loop it named when it came. */
public interface ConsumerPort {
    /** What an operator knows you by. Always the same; any thread may ask. */
    default String name() {
        return "a consumer";
    }

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

    /**
     * True when what you are sent counts as settled at once: then no time bounds how long you may have it, for you can give
     * nothing back and ask for no more time. Always the same; any thread may ask.
     */
    default boolean settlesWhatItSends() {
        return false;
    }

    /**
     * The message went back because its lock ran out before it was settled (see {@link QueueEntry#hold}); nothing comes of
     * what you say of this entry.
     */
    default void onLockLost(QueueEntry entry) {}

    /** The same, and you are to leave: you had it for longer than consumers may. May come more than once until you do. */
    default void onHeldTooLong(QueueEntry entry, long heldMillis) {}

    /**
     * You are to leave: you settled fewer messages than you should. May come more than once until you do.
     *
     * @param settled in so long a time
     * @param needed as many as would have been enough
     */
    default void onSlow(long settled, long needed, long periodMillis) {}
}
