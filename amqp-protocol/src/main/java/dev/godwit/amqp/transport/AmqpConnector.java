package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;

/** Makes connections to AMQP peers. Stateless. */
public final class AmqpConnector {
    private AmqpConnector() {}

    /**
     * Begins to connect, and gives the connection back at once: what is asked of it meanwhile (open, begin, attach) is
     * sent when the peer has let us in.
     *
     * @param context an event-loop context; must be called on it, and owns the connection
     * @param listener hears {@code onOpen} when the peer's open has come, or {@code onDisconnected} with the reason
     */
    public static Connection connect(
            Vertx vertx, Context context, ConnectOptions options, ConnectionListener listener) {
        if (!context.isEventLoopContext()) {
            throw new IllegalArgumentException("connections live on event loops: " + context);
        }
        var loop = (ContextInternal) context;
        // Whoever asked hears what went wrong; the log need not say it again.
        var share = LoopShare.quiet();
        NetClient netClient = vertx.createNetClient(
                new NetClientOptions().setTcpNoDelay(true).setConnectTimeout((int) options.connectTimeoutMillis()));
        var connection = new ProtonConnection(
                loop, share, options.limits(), 0, options.host() + ":" + options.port(), new ConnectionOwner() {
                    @Override
                    public ConnectionListener onAuthenticated(ProtonConnection authenticated) {
                        return listener;
                    }

                    @Override
                    public void onGone(ProtonConnection gone) {
                        netClient.close();
                    }
                });
        connection.assertOnLoop();
        connection.setListener(listener);
        connection.limitHandshake(options.connectTimeoutMillis());
        netClient.connect(options.port(), options.host()).onComplete(connected -> {
            if (connected.succeeded()) {
                connection.onSocket(
                        (NetSocketInternal) connected.result(),
                        new ClientHandshake(connection, share.codec(), options));
            } else {
                connection.onConnectFailed(connected.cause());
            }
        });
        return connection;
    }
}
