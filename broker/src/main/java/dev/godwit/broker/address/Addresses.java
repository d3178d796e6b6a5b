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

    /** Makes a queue or topic with a name of its own, in memory only, if the requester may. Whoever asked deletes it. */
    void createTemporary(NodeKind kind, Requester requester, EventLoop caller, AddressReply reply);

    /** Ends a temporary queue and what it holds, or a temporary topic and its subscriptions. */
    void deleteTemporary(String address);

    /** The subscriptions to the topics. */
    Subscriptions subscriptions();
}
