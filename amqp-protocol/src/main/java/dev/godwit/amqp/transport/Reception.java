package dev.godwit.amqp.transport;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens at one address on one loop, turns away who may not come or finds no place, and finds out where the others come from,
 * if need be by what a proxy says. Started once for each loop with the same host, port and caps, connections spread over
 * the loops. Owned by its loop, from start to close.
 */
public final class Reception {
    /** Takes guests in. Called on the loop. */
    public interface Host {
        /** Somebody has come. Nothing has been read of what it says, save the header of a proxy. */
        void onGuest(Guest guest);
    }

    private static final String TOO_MANY = "turned away: too many connections";

    private final ContextInternal context;
    private final ListenerOptions options;
    private final ConnectionCaps caps;
    private final ViolationLog violations;
    private final LongSupplier nanoTime;
    private final Host host;
    private final NetServer netServer;
    /** Those of proxies that have not said for whom they come. */
    private final Set<ProxiedArrival> arrivals = new HashSet<>();

    /**
     * Does not listen yet.
     *
     * @param context an event-loop context, on which this is made
     * @param nanoTime a clock as {@link System#nanoTime} is one
     */
    Reception(
            Vertx vertx,
            ContextInternal context,
            ListenerOptions options,
            ConnectionCaps caps,
            ViolationLog violations,
            LongSupplier nanoTime,
            Host host) {
        this.context = context;
        this.options = options;
        this.caps = caps;
        this.violations = violations;
        this.nanoTime = nanoTime;
        this.host = host;
        netServer = vertx.createNetServer(new NetServerOptions()
                .setHost(options.host())
                .setPort(caps.vertxPort())
                .setTcpNoDelay(true)
                .setReuseAddress(true)
                .setAcceptBacklog(4_096));
        netServer.connectHandler(this::onSocket);
    }

    /**
     * Starts listening; may be called on any thread.
     *
     * <p>With port 0 all that have the same caps share the port that the first of them finds.
     *
     * @param context an event-loop context, on whose loop the guests are
     * @param caps made from the options, and shared by those of one port
     */
    public static Future<Reception> start(
            Vertx vertx, Context context, ListenerOptions options, ConnectionCaps caps, Host host) {
        Promise<Reception> started = Promise.promise();
        context.runOnContext(turn -> {
            var reception = new Reception(
                    vertx, (ContextInternal) context, options, caps, new ViolationLog(false), System::nanoTime, host);
            reception.listen().map(reception).onComplete(started);
        });
        return started.future();
    }

    Future<?> listen() {
        return netServer.listen();
    }

    public int actualPort() {
        return netServer.actualPort();
    }

    /** How often somebody here was turned away, or complained of; a metric. To be read on the loop. */
    public long violations() {
        return violations.count();
    }

    /** Those who have not said yet where they come from. To be read on the loop. */
    int arrivals() {
        return arrivals.size();
    }

    /** Stops listening, and drops those who have not said where they come from. On the loop. */
    public Future<Void> close() {
        Set.copyOf(arrivals).forEach(ProxiedArrival::abort);
        return netServer.close();
    }

    private void onSocket(NetSocket netSocket) {
        var socket = (NetSocketInternal) netSocket;
        var from = ProxiedArrival.peerOf(socket);
        var proxies = options.layers().proxies();
        if (proxies != null && !proxies.test(from.getAddress())) {
            turnAway(socket, from, "turned away: only proxies that are configured may come here");
        } else if (!caps.enter()) {
            turnAway(socket, from, TOO_MANY);
        } else if (proxies == null) {
            welcome(socket, from, false, options.timeouts().handshakeMillis());
        } else {
            arrivals.add(new ProxiedArrival(
                    socket, context, nanoTime, options.timeouts().handshakeMillis(), new ArrivalListener()));
        }
    }

    private void turnAway(NetSocketInternal socket, InetSocketAddress from, String reason) {
        violations.warn(text(from), reason);
        var unused = socket.channelHandlerContext().close();
    }

    /** As addresses stand in logs and in what a program sees. */
    private static String text(InetSocketAddress address) {
        return String.valueOf(SocketAddress.inetSocketAddress(address));
    }

    /** False when there are too many from its address. */
    private boolean welcome(
            NetSocketInternal socket, InetSocketAddress from, boolean forItself, long handshakeMillisLeft) {
        var guest = new Guest(socket, from, forItself, handshakeMillisLeft);
        if (!caps.settle(guest.address())) {
            caps.leave(null, false);
            turnAway(socket, from, TOO_MANY);
            return false;
        }
        host.onGuest(guest);
        return true;
    }

    /** Those who come by proxies. */
    private final class ArrivalListener implements ProxiedArrival.Listener {
        @Override
        public boolean onKnown(ProxiedArrival arrival, InetSocketAddress from, boolean forItself, long millisLeft) {
            arrivals.remove(arrival);
            return welcome(arrival.socket(), from, forItself, millisLeft);
        }

        @Override
        public void onFailed(ProxiedArrival arrival, @Nullable String reason) {
            arrivals.remove(arrival);
            caps.leave(null, false);
            if (reason != null) {
                violations.warn(text(ProxiedArrival.peerOf(arrival.socket())), reason);
            }
        }
    }

    /** Somebody who has come, and the place that it takes until {@link #leave}. Owned by the loop. */
    public final class Guest {
        private final NetSocketInternal socket;
        private final InetSocketAddress from;
        private final boolean forItself;
        private final long handshakeMillisLeft;
        private boolean known;
        private boolean gone;

        private Guest(NetSocketInternal socket, InetSocketAddress from, boolean forItself, long handshakeMillisLeft) {
            this.socket = socket;
            this.from = from;
            this.forItself = forItself;
            this.handshakeMillisLeft = handshakeMillisLeft;
        }

        public NetSocketInternal socket() {
            return socket;
        }

        /** Where it comes from, which need not be the other end of the socket. */
        public InetSocketAddress from() {
            return from;
        }

        /** The same for a log: {@code host:port}. */
        public String fromText() {
            return text(from);
        }

        /** A proxy that has come to see whether we are well, and may leave whenever it has seen enough. */
        public boolean isForItself() {
            return forItself;
        }

        /** Of the time that the listener gives for a handshake. */
        public long handshakeMillisLeft() {
            return handshakeMillisLeft;
        }

        private String address() {
            return from.getAddress().getHostAddress();
        }

        /** It is no stranger any more, and does not count as one. To be called once at most. */
        public void onKnown() {
            known = true;
            caps.onAuthenticated();
        }

        /** Says in the log, not too often, what is wrong with it. */
        public void complain(String reason) {
            violations.warn(fromText(), reason);
        }

        /** Gives its place back. */
        public void leave() {
            if (!gone) {
                gone = true;
                caps.leave(address(), known);
            }
        }
    }
}
