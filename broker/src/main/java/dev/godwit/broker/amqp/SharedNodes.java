package dev.godwit.broker.amqp;

import dev.godwit.broker.address.Addresses;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The links of one connection that have a shared temporary node at their end: such a node lives by its links. A link that
 * was detached and not closed counts on until it comes back, or to the end of the connection. Owned by its loop.
 */
final class SharedNodes {
    /** A connection that detaches more links than these has the others counted as closed. */
    private static final int SUSPENDED_MAX = 1_000;

    private final Addresses addresses;
    private final Map<LinkKey, Use> suspended = new HashMap<>();
    private final Set<String> madeHere = new HashSet<>();

    SharedNodes(Addresses addresses) {
        this.addresses = addresses;
    }

    private record LinkKey(String address, String linkName) {}

    /** Counts the link that a shared node was made for. The tie hears of its end. */
    LinkTie made(String address, String linkName) {
        madeHere.add(address);
        return new Use(new LinkKey(address, linkName), true);
    }

    /** Counts a link; none for any other node. The tie hears of its end. */
    LinkTie join(String address, String linkName) {
        if (!addresses.table().isShared(address)) {
            return LinkTie.NONE;
        }
        var before = suspended.remove(new LinkKey(address, linkName));
        if (before != null) {
            return before;
        }
        addresses.joinTemporary(address);
        return new Use(new LinkKey(address, linkName), false);
    }

    /** True for a node that a link of this connection made and has had at its end ever since. */
    boolean isMadeHere(String address) {
        return madeHere.contains(address);
    }

    int madeCount() {
        return madeHere.size();
    }

    /** The connection is over, and with it all that was suspended. */
    void onConnectionOver() {
        List.copyOf(suspended.values()).forEach(Use::end);
    }

    private final class Use extends EndingTie {
        private final LinkKey key;
        private final boolean maker;

        Use(LinkKey key, boolean maker) {
            this.key = key;
            this.maker = maker;
        }

        @Override
        public void onDetached(boolean closed) {
            if (closed || suspended.size() >= SUSPENDED_MAX) {
                end();
            } else if (!isOver()) {
                var other = suspended.put(key, this);
                if (other != null && other != this) {
                    other.end();
                }
            }
        }

        @Override
        public void onStolen() {
            onDetached(false);
        }

        @Override
        void onEnd() {
            suspended.remove(key, this);
            if (maker) {
                madeHere.remove(key.address());
            }
            addresses.leaveTemporary(key.address(), maker);
        }
    }
}
