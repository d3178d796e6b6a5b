package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.Container;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Takes connections in on one event loop and gives them to that loop's container. Started once for each loop with the
 * same host and port, connections spread over the loops. Owned by its loop, from start to close.
 */
public final class AmqpServer implements Reception.Host {
    private final ContextInternal context;
    private final ListenerOptions options;
    private final Authenticator authenticator;
    private final Container container;
    private final LoopShare share;
    private final Reception reception;
    private final Set<ProtonConnection> connections = new HashSet<>();

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
        this.share = new LoopShare(caps.partialBytes(), caps.unsettled());
        this.authenticator = authenticator;
        this.container = container;
        reception = new Reception(vertx, context, options, caps, share.violations(), nanoTime, this);
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
            server.reception.listen().map(server).onComplete(started);
        });
        return started.future();
    }

    /** A server alone on its port. */
    public static Future<AmqpServer> start(
            Vertx vertx, Context context, ListenerOptions options, Authenticator authenticator, Container container) {
        return start(vertx, context, options, new ConnectionCaps(options), authenticator, container);
    }

    public int actualPort() {
        return reception.actualPort();
    }

    /** How often peers on this loop broke the protocol; a metric. To be read on the loop. */
    long violations() {
        return share.violations().count();
    }

    /** Connections on this loop now, let in or not; a metric. To be read on the loop. */
    int connections() {
        return connections.size() + reception.arrivals();
    }

    /** Stops listening and drops the connections that are left. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turn -> {
            Set.copyOf(connections).forEach(ProtonConnection::abort);
            reception.close().onComplete(closed);
        });
        return closed.future();
    }

    /**
     * Takes in somebody who has come to another address that leads here, too. On the loop, with its context.
     *
     * @param guest of a reception of the same loop
     */
    @Override
    public void onGuest(Reception.Guest guest) {
        String remoteAddress = guest.fromText();
        var connection = new ProtonConnection(
                context, share, options.limits(), options.timeouts().idleMillis(), remoteAddress, new Admission(guest));
        connections.add(connection);
        // A proxy that looks whether we are well may leave in the midst of TLS.
        var violations = guest.isForItself() ? new ViolationLog(true) : share.violations();
        var layers = new SocketLayers(guest.socket(), remoteAddress, options, violations);
        connection.limitHandshake(guest.handshakeMillisLeft());
        connection.onSocket(guest.socket(), new ServerHandshake(connection, share.codec(), authenticator, layers));
    }

    /** The place that one connection takes. */
    private final class Admission implements ConnectionOwner {
        private final Reception.Guest guest;

        Admission(Reception.Guest guest) {
            this.guest = guest;
        }

        @Override
        public ConnectionListener onAuthenticated(ProtonConnection connection) {
            guest.onKnown();
            return container.onConnection(connection);
        }

        @Override
        public void onGone(ProtonConnection connection) {
            if (connections.remove(connection)) {
                guest.leave();
            }
        }
    }
}
