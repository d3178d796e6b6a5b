package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.Container;
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
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections in on one event loop and gives them to that loop's container. Started once for each loop with the
 * same host and port, connections spread over the loops. Owned by its loop, from start to close.
 */
public final class AmqpServer {
    private static final String TOO_MANY = "turned away: too many connections";

    private final ContextInternal context;
    private final ListenerOptions options;
    private final ConnectionCaps caps;
    private final Authenticator authenticator;
    private final Container container;
    private final LoopShare share;
    private final LongSupplier nanoTime;
    private final NetServer netServer;
    private final Set<ProtonConnection> connections = new HashSet<>();
    /** Those of proxies that have not said for whom they come. */
    private final Set<ProxiedArrival> arrivals = new HashSet<>();

    private AmqpServer(
            Vertx vertx,
            ContextInternal context,
            ListenerOptions options,
            ConnectionCaps caps,
            Authenticator authenticator,
            Container container,
            LongSupplier nanoTime) {
        this.context = context;
        this.options = options;
        this.caps = caps;
        this.share = new LoopShare(caps.partialBytes(), caps.unsettled());
        this.authenticator = authenticator;
        this.container = container;
        this.nanoTime = nanoTime;
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
     * <p>With port 0 all servers with the same caps share the port that the first of them finds.
     *
     * @param context an event-loop context, on whose loop the connections live
     * @param caps made from the options, and shared by the servers of one port
     */
    public static Future<AmqpServer> start(
            Vertx vertx,
            Context context,
            ListenerOptions options,
            ConnectionCaps caps,
            Authenticator authenticator,
            Container container) {
        return start(vertx, context, options, caps, authenticator, container, System::nanoTime);
    }

    /** The same with another clock, as {@link System#nanoTime} is one. */
    static Future<AmqpServer> start(
            Vertx vertx,
            Context context,
            ListenerOptions options,
            ConnectionCaps caps,
            Authenticator authenticator,
            Container container,
            LongSupplier nanoTime) {
        if (!context.isEventLoopContext()) {
            throw new IllegalArgumentException("connections live on event loops: " + context);
        }
        Promise<AmqpServer> started = Promise.promise();
        context.runOnContext(turn -> {
            var server =
                    new AmqpServer(vertx, (ContextInternal) context, options, caps, authenticator, container, nanoTime);
            server.netServer.listen().map(server).onComplete(started);
        });
        return started.future();
    }

    /** A server alone on its port. */
    public static Future<AmqpServer> start(
            Vertx vertx, Context context, ListenerOptions options, Authenticator authenticator, Container container) {
        return start(vertx, context, options, new ConnectionCaps(options), authenticator, container);
    }

    public int actualPort() {
        return netServer.actualPort();
    }

    /** How often peers on this loop broke the protocol; a metric. To be read on the loop. */
    public long violations() {
        return share.violations().count();
    }

    /** Connections on this loop now, let in or not; a metric. To be read on the loop. */
    public int connections() {
        return connections.size() + arrivals.size();
    }

    /** Stops listening and drops the connections that are left. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turn -> {
            Set.copyOf(connections).forEach(ProtonConnection::abort);
            Set.copyOf(arrivals).forEach(ProxiedArrival::abort);
            netServer.close().onComplete(closed);
        });
        return closed.future();
    }

    private void onSocket(NetSocket netSocket) {
        var socket = (NetSocketInternal) netSocket;
        var from = socket.remoteAddress();
        var proxies = options.proxies();
        if (proxies != null && !proxies.test(ProxiedArrival.addressOf(socket))) {
            turnAway(socket, from, "turned away: only proxies that are configured may come here");
        } else if (!caps.enter()) {
            turnAway(socket, from, TOO_MANY);
        } else if (proxies == null) {
            begin(socket, from, share.violations(), options.handshakeTimeoutMillis());
        } else {
            arrivals.add(new ProxiedArrival(
                    socket, context, nanoTime, options.handshakeTimeoutMillis(), new ArrivalListener()));
        }
    }

    private void turnAway(NetSocketInternal socket, SocketAddress from, String reason) {
        share.violations().warn(String.valueOf(from), reason);
        var unused = socket.channelHandlerContext().close();
    }

    /**
     * The client speaks from now on.
     *
     * @param violations of what lies below AMQP
     * @return false when there are too many from its address
     */
    private boolean begin(
            NetSocketInternal socket, SocketAddress from, ViolationLog violations, long handshakeTimeoutMillis) {
        String address = from.hostAddress() == null ? from.toString() : from.hostAddress();
        if (!caps.settle(address)) {
            caps.leave(null, false);
            turnAway(socket, from, TOO_MANY);
            return false;
        }
        String remoteAddress = String.valueOf(from);
        var connection = new ProtonConnection(
                context, share, options.limits(), options.idleTimeoutMillis(), remoteAddress, new Admission(address));
        connections.add(connection);
        var layers = new SocketLayers(socket, remoteAddress, options, violations);
        connection.limitHandshake(handshakeTimeoutMillis);
        connection.onSocket(socket, new ServerHandshake(connection, share.codec(), authenticator, layers));
        return true;
    }

    /** Those who come by proxies. */
    private final class ArrivalListener implements ProxiedArrival.Listener {
        @Override
        public boolean onKnown(ProxiedArrival arrival, SocketAddress from, boolean forItself, long millisLeft) {
            arrivals.remove(arrival);
            // A proxy that looks whether we are well may leave whenever it has seen enough.
            return begin(arrival.socket(), from, forItself ? new ViolationLog(true) : share.violations(), millisLeft);
        }

        @Override
        public void onFailed(ProxiedArrival arrival, @Nullable String reason) {
            arrivals.remove(arrival);
            caps.leave(null, false);
            if (reason != null) {
                share.violations().warn(String.valueOf(arrival.socket().remoteAddress()), reason);
            }
        }
    }

    /** The place that one connection takes. */
    private final class Admission implements ConnectionOwner {
        private final String peer;
        private boolean authenticated;

        Admission(String peer) {
            this.peer = peer;
        }

        @Override
        public ConnectionListener onAuthenticated(ProtonConnection connection) {
            authenticated = true;
            caps.onAuthenticated();
            return container.onConnection(connection);
        }

        @Override
        public void onGone(ProtonConnection connection) {
            if (connections.remove(connection)) {
                caps.leave(peer, authenticated);
            }
        }
    }
}
