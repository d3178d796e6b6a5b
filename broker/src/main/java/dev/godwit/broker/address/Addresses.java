package dev.godwit.broker.address;

import dev.godwit.broker.runtime.EventLoop;

/** The port to whoever knows and makes addresses. Any loop may ask; the answer comes on the loop that asked. */
public interface Addresses {
    /** The table as it is now. */
    AddressTable table();

    /**
     * Finds the queue at an address, and makes it when that is allowed.
     *
     * @param requester who asks; refused as {@code UNAUTHORIZED} when the queue is not there and it may not make it
     */
    void resolve(String address, Requester requester, EventLoop caller, AddressReply reply);

    /** Like {@link #resolve}, but makes the queue whatever clients are allowed to make: for the broker itself. */
    void declare(String address, String creator, EventLoop caller, AddressReply reply);

    /** Makes a queue with a name of its own, in memory only, if the requester may. Whoever asked deletes it. */
    void createTemporary(Requester requester, EventLoop caller, AddressReply reply);

    /** Ends a temporary queue and what it holds. */
    void deleteTemporary(String address);
}
