package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;

/** How a question about an address ended. Exactly one of the two is called, once. */
public interface AddressReply {
    void onFound(QueueDoor door);

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
        /** Who asked may not make it. */
        UNAUTHORIZED,
        /** The broker cannot make it now; later it may. */
        UNAVAILABLE
    }
}
