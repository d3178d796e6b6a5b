package dev.godwit.broker.cluster.relay;

import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.amqp.transport.Reception;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.vertx.VertxEventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The connections of one loop that are passed on. Owned by that loop. */
final class RelayLoop {
    private final Vertx vertx;
    private final VertxEventLoop loop;
    private final RelaySettings settings;
    private final NetClient client;
    private final List<Reception> receptions = new ArrayList<>();
    private final Set<RelayedConnection> connections = new HashSet<>();
    private @Nullable ActiveNode active;

    /** In the order of doors; null while clients do not stay here. */
    private @Nullable List<? extends Reception.Host> hosts;

    /** Nobody is taken in any more. */
    private boolean leaving;

    private boolean closed;

    RelayLoop(Vertx vertx, VertxEventLoop loop, RelaySettings settings) {
        this.vertx = vertx;
        this.loop = loop;
        this.settings = settings;
        var options = new NetClientOptions()
                .setConnectTimeout((int) settings.waitMillis())
                .setTcpNoDelay(true);
        if (settings.fromHost() != null) {
            options.setLocalAddress(settings.fromHost());
        }
        client = vertx.createNetClient(options);
    }

    EventLoop loop() {
        return loop;
    }

    RelaySettings settings() {
        return settings;
    }

    @Nullable
    ActiveNode active() {
        return active;
    }

    /** Listens; any thread may ask. */
    Future<Reception> listen(ListenerOptions options, ConnectionCaps caps, int door) {
        return Reception.start(vertx, loop.context(), options, caps, guest -> onGuest(guest, door))
                .onSuccess(reception -> loop.execute(() -> receptions.add(reception)));
    }

    private void onGuest(Reception.Guest guest, int door) {
        if (hosts != null && !leaving) {
            hosts.get(door).onGuest(guest);
            return;
        }
        var connection = new RelayedConnection(this, guest, door);
        connections.add(connection);
        if (leaving) {
            connection.end();
        } else {
            connection.onActive(active);
        }
    }

    /** Connects on this loop. */
    Future<NetSocket> connect(NodeAddress address) {
        Promise<NetSocket> connected = Promise.promise();
        // Sockets live where they are asked for, and a timer's task does not know of Vert.x' context.
        loop.context().runOnContext(turn -> client.connect(address.port(), address.host())
                .onComplete(connected));
        return connected.future();
    }

    /**
     * Clients stay with these from now on; any thread may ask.
     *
     * @param newHosts null for passing them on
     */
    void serve(@Nullable List<? extends Reception.Host> newHosts) {
        // Who takes clients in begins as if they had just been accepted, with the loop's context.
        loop.context().runOnContext(turn -> {
            hosts = newHosts;
            if (newHosts != null) {
                Set.copyOf(connections).forEach(connection -> connection.onHosts(newHosts));
            }
        });
    }

    void onActive(@Nullable ActiveNode node) {
        loop.assertCurrent();
        active = node;
        Set.copyOf(connections).forEach(connection -> connection.onActive(node));
    }

    void onOver(RelayedConnection connection) {
        connections.remove(connection);
    }

    void turnAway() {
        leaving = true;
        Set.copyOf(connections).forEach(RelayedConnection::endIfWaiting);
    }

    int connections() {
        loop.assertCurrent();
        return connections.size();
    }

    /** Stops listening and drops all connections; any thread may ask. */
    Future<Void> close() {
        Promise<Void> done = Promise.promise();
        loop.execute(() -> {
            if (closed) {
                done.complete();
                return;
            }
            closed = true;
            leaving = true;
            Set.copyOf(connections).forEach(RelayedConnection::end);
            var closing = new ArrayList<Future<?>>(
                    receptions.stream().map(Reception::close).toList());
            closing.add(client.close());
            Future.join(closing).<Void>mapEmpty().onComplete(done);
        });
        return done.future();
    }
}
