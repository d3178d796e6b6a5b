package dev.godwit.broker.address;

import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;

/** The port to whoever knows and makes addresses. Any loop may ask; the answer comes on the loop that asked. */
public interface Addresses {
    /** The table as it is now. */
    AddressTable table();

    /**
     * Finds the queue or topic at an address, and makes it when that is allowed.
     *
     * @param address as clients may spell it, see {@link AddressSpelling}
     * @param wish what it is to be; null when that does not matter: what is there decides then, or the configuration
     * @param requester who asks; refused as {@code UNAUTHORIZED} when nothing is there and it may not make it
     */
    void resolve(String address, @Nullable NodeKind wish, Requester requester, EventLoop caller, AddressReply reply);

    /** Finds a queue like {@link #resolve}, but makes it whatever clients are allowed to make: for the broker itself. */
    void declare(String address, String creator, EventLoop caller, AddressReply reply);

    /**
     * Makes a queue or topic with a name of its own, in memory only, if the requester may. Whoever asked deletes it; one
     * that is shared counts as joined by the link that it was made for, and goes by itself.
     */
    void createTemporary(
            NodeKind kind, NodeLifetime lifetime, Requester requester, EventLoop caller, AddressReply reply);

    /** One more link has that shared node at its end. Followed by one {@link #leaveTemporary}. */
    void joinTemporary(String address);

    /**
     * One link less has that shared node at its end.
     *
     * @param maker true for the link that it was made for
     */
    void leaveTemporary(String address, boolean maker);

    /** Ends a temporary queue and what it holds, or a temporary topic and its subscriptions. */
    void deleteTemporary(String address);

    /** The subscriptions to the topics. */
    Subscriptions subscriptions();
}
