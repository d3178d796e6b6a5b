package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;

/** How a question about an address ended. Exactly one of the three is called, once. */
public interface AddressReply {
    /** There is a queue. */
    void onFound(QueueDoor door);

    /** There is a topic. Not to be expected by whoever asked for a queue. */
    default void onTopic(TopicDoor door) {
        onRefused(Refusal.NOT_FOUND, "'" + door.name() + "' is a topic, not a queue");
    }

    /**
     * There is no way to that address.
     *
     * @param description for the peer: what was wrong and what to do
     */
    void onRefused(Refusal refusal, String description);

    /** What a caller can tell apart. */
    enum Refusal {
        /** Nothing at that address, and it may not be made on demand. */
        NOT_FOUND,
        /** Not a name that an address can have. */
        INVALID_NAME,
        /** It belongs to somebody else, or who asked may not make it. */
        UNAUTHORIZED,
        /** Others use it at present. */
        IN_USE,
        /** It is there, and is of another kind than what was asked for. */
        CONTRADICTION,
        /** The broker cannot make it now; later it may. */
        UNAVAILABLE
    }
}
