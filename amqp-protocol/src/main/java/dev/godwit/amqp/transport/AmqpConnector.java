package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

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
        NetClient netClient = vertx.createNetClient(netOptions(options));
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
        if (options.tracesFrames()) {
            connection.traceFrames();
        }
        TlsClient tls = options.tls();
        if (tls == null) {
            connect(netClient, connection, share, options, null);
        } else {
            connection.tasks().runBlocking(tls::load, (loaded, unusable) -> {
                if (unusable != null) {
                    connection.onConnectFailed(unusable);
                } else if (connection.isUsable()) {
                    connect(netClient, connection, share, options, loaded);
                } else {
                    // Given up meanwhile: there is no socket whose end would tell so.
                    connection.onSocketGone(null);
                }
            });
        }
        return connection;
    }

    private static NetClientOptions netOptions(ConnectOptions options) {
        var tcp = options.tcp();
        var net = new NetClientOptions()
                .setConnectTimeout((int) Math.min(tcp.connectTimeoutMillis(), options.connectTimeoutMillis()))
                .setTcpNoDelay(tcp.noDelay())
                .setTcpKeepAlive(tcp.keepAlive())
                .setSoLinger(tcp.lingerSeconds());
        if (tcp.sendBufferBytes() > 0) {
            net.setSendBufferSize(tcp.sendBufferBytes());
        }
        if (tcp.receiveBufferBytes() > 0) {
            net.setReceiveBufferSize(tcp.receiveBufferBytes());
        }
        if (tcp.trafficClass() > 0) {
            net.setTrafficClass(tcp.trafficClass());
        }
        if (tcp.localAddress() != null) {
            net.setLocalAddress(tcp.localAddress());
        }
        return net;
    }

    private static void connect(
            NetClient netClient,
            ProtonConnection connection,
            LoopShare share,
            ConnectOptions options,
            @Nullable SSLContext loaded) {
        netClient.connect(options.port(), options.host()).onComplete(connected -> {
            if (connected.failed()) {
                connection.onConnectFailed(connected.cause());
                return;
            }
            var socket = (NetSocketInternal) connected.result();
            try {
                var layers = new ClientLayers(socket, options, loaded);
                connection.onConnected(socket, new ClientHandshake(connection, share.codec(), options, layers));
            } catch (TlsFilesException | RuntimeException unusable) {
                socket.close();
                connection.onConnectFailed(unusable);
            }
        });
    }
}
