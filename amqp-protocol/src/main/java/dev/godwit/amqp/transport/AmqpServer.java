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
import java.util.HashSet;
import java.util.Set;

/**
 * Takes connections in on one event loop and gives them to that loop's container. Started once for each loop with the
 * same host and port, connections spread over the loops. Owned by its loop, from start to close.
 */
public final class AmqpServer {
    private final ContextInternal context;
    private final ListenerOptions options;
    private final ConnectionCaps caps;
    private final Authenticator authenticator;
    private final Container container;
    private final LoopShare share;
    private final NetServer netServer;
    private final Set<ProtonConnection> connections = new HashSet<>();

    private AmqpServer(
            Vertx vertx,
            ContextInternal context,
            ListenerOptions options,
            ConnectionCaps caps,
            Authenticator authenticator,
            Container container) {
        this.context = context;
        this.options = options;
        this.caps = caps;
        this.share = new LoopShare(caps.partialBytes(), caps.unsettled());
        this.authenticator = authenticator;
        this.container = container;
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
        if (!context.isEventLoopContext()) {
            throw new IllegalArgumentException("connections live on event loops: " + context);
        }
        Promise<AmqpServer> started = Promise.promise();
        context.runOnContext(turn -> {
            var server = new AmqpServer(vertx, (ContextInternal) context, options, caps, authenticator, container);
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
        return connections.size();
    }

    /** Stops listening and drops the connections that are left. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turn -> {
            Set.copyOf(connections).forEach(ProtonConnection::abort);
            netServer.close().onComplete(closed);
        });
        return closed.future();
    }

    private void onSocket(NetSocket netSocket) {
        String address = netSocket.remoteAddress().hostAddress();
        String peer = address == null ? netSocket.remoteAddress().toString() : address;
        if (!caps.enter(peer)) {
            share.violations().warn(String.valueOf(netSocket.remoteAddress()), "turned away: too many connections");
            netSocket.close();
            return;
        }
        var connection = new ProtonConnection(
                context,
                share,
                options.limits(),
                options.idleTimeoutMillis(),
                String.valueOf(netSocket.remoteAddress()),
                new Admission(peer));
        connections.add(connection);
        var layers = new SocketLayers((NetSocketInternal) netSocket, options, share.violations());
        connection.limitHandshake(options.handshakeTimeoutMillis());
        connection.onSocket(
                (NetSocketInternal) netSocket, new ServerHandshake(connection, share.codec(), authenticator, layers));
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
