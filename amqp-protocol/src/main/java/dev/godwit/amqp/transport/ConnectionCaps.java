package dev.godwit.amqp.transport;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts who is connected, so that no address and no flood of strangers takes every place. Shared by the
 * {@link AmqpServer}s of one port: the one thing here that more than one loop touches, and only when connections come
 * and go, messages of several frames come in, or many go out.
 */
public final class ConnectionCaps {
    private static final AtomicInteger ANY_PORTS = new AtomicInteger();

    /** The part of the heap that messages may take of which not all frames have come. */
    private static final int PARTIAL_HEAP_PART = 8;

    /** Bytes of heap for each delivery that peers may leave unsettled: some five times what one takes. */
    private static final int HEAP_BYTES_FOR_UNSETTLED = 4_096;

    private final int vertxPort;
    private final ConnectionLimits limits;
    private final AtomicInteger total;
    private final AtomicInteger unauthenticated;
    private final ConcurrentHashMap<String, Integer> byAddress;
    private final FairRoom partialBytes;
    private final FairRoom unsettled;

    public ConnectionCaps(ListenerOptions options) {
        this(
                options,
                Runtime.getRuntime().maxMemory() / PARTIAL_HEAP_PART,
                Runtime.getRuntime().maxMemory() / HEAP_BYTES_FOR_UNSETTLED);
    }

    ConnectionCaps(ListenerOptions options, long partialBytesMax, long unsettledMax) {
        this(
                options,
                new AtomicInteger(),
                new AtomicInteger(),
                new ConcurrentHashMap<>(),
                new FairRoom(partialBytesMax),
                new FairRoom(unsettledMax));
    }

    private ConnectionCaps(
            ListenerOptions options,
            AtomicInteger total,
            AtomicInteger unauthenticated,
            ConcurrentHashMap<String, Integer> byAddress,
            FairRoom partialBytes,
            FairRoom unsettled) {
        this.total = total;
        this.unauthenticated = unauthenticated;
        this.byAddress = byAddress;
        this.partialBytes = partialBytes;
        this.unsettled = unsettled;
        vertxPort = options.port() == 0 ? ANY_PORTS.decrementAndGet() : options.port();
        limits = options.connections();
    }

    /** Those of another port, whose connections are counted with these. */
    public ConnectionCaps forAnotherPort(ListenerOptions options) {
        return new ConnectionCaps(options, total, unauthenticated, byAddress, partialBytes, unsettled);
    }

    /**
     * The port to give to Vert.x: for any free one a negative number of our own, under which all servers with these caps
     * share the port that the first of them finds.
     */
    int vertxPort() {
        return vertxPort;
    }

    /** What messages may take of which not all frames have come. */
    FairRoom partialBytes() {
        return partialBytes;
    }

    /** Deliveries that peers were sent and have not settled. */
    FairRoom unsettled() {
        return unsettled;
    }

    /** Connections now open. */
    public int total() {
        return total.get();
    }

    /** Connections now open that have not yet proved who they are. */
    public int unauthenticated() {
        return unauthenticated.get();
    }

    /** Takes a place for a newcomer, from wherever; false when there is none. */
    boolean enter() {
        if (total.incrementAndGet() > limits.totalMax()) {
            total.decrementAndGet();
            return false;
        }
        if (unauthenticated.incrementAndGet() > limits.unauthenticatedMax()) {
            unauthenticated.decrementAndGet();
            total.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts one that has entered at its address; false when there are too many from there. */
    boolean settle(String address) {
        int fromThere = byAddress.merge(address, 1, Integer::sum);
        if (fromThere > limits.perAddressMax()) {
            leave(address);
            return false;
        }
        return true;
    }

    private void leave(String address) {
        byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }

    void onAuthenticated() {
        unauthenticated.decrementAndGet();
    }

    /** @param address null for one that was not counted at any */
    void leave(@Nullable String address, boolean authenticated) {
        total.decrementAndGet();
        if (!authenticated) {
            unauthenticated.decrementAndGet();
        }
        if (address != null) {
            leave(address);
        }
    }
}
