package dev.godwit.amqp.transport;

import dev.godwit.amqp.sasl.SaslLogin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an {@link AmqpConnector} goes, over what, and as whom. Immutable.
 *
 * @param connectTimeoutMillis from the first packet to the peer's open
 * @param hostname what the peer is called in SASL; null for {@code host}
 * @param login with what we come in
 * @param skipsSasl begins with the AMQP header at once; for peers that want it so
 * @param tcp settings of the socket
 * @param tls null without TLS
 * @param webSocket null without WebSocket
 * @param tracesFrames writes every frame to the log, at its finest level
 */
public record ConnectOptions(
        String host,
        int port,
        EndpointLimits limits,
        long connectTimeoutMillis,
        @Nullable String hostname,
        SaslLogin login,
        boolean skipsSasl,
        Tcp tcp,
        @Nullable TlsClient tls,
        @Nullable WebSocket webSocket,
        boolean tracesFrames) {
    public ConnectOptions {
        EndpointLimits.check(port, 1, 65_535, "port");
        EndpointLimits.check(connectTimeoutMillis, 1, 3_600_000, "connectTimeoutMillis");
    }

    /**
     * Settings of a TCP socket.
     *
     * @param connectTimeoutMillis until the peer's machine has answered
     * @param lingerSeconds how long the last bytes may take after a close; -1 for the system's own way
     * @param sendBufferBytes 0 for what the system chooses
     * @param receiveBufferBytes 0 for what the system chooses
     * @param trafficClass of the packets that go out; 0 to 255
     * @param localAddress from where we connect; null for any
     */
    public record Tcp(
            int connectTimeoutMillis,
            boolean noDelay,
            boolean keepAlive,
            int lingerSeconds,
            int sendBufferBytes,
            int receiveBufferBytes,
            int trafficClass,
            @Nullable String localAddress) {
        public static final Tcp DEFAULTS = new Tcp(60_000, true, false, -1, 0, 0, 0, null);

        public Tcp {
            EndpointLimits.check(connectTimeoutMillis, 1, Integer.MAX_VALUE, "connectTimeoutMillis");
            EndpointLimits.check(lingerSeconds, -1, 65_535, "lingerSeconds");
            EndpointLimits.check(sendBufferBytes, 0, 1 << 30, "sendBufferBytes");
            EndpointLimits.check(receiveBufferBytes, 0, 1 << 30, "receiveBufferBytes");
            EndpointLimits.check(trafficClass, 0, 255, "trafficClass");
        }
    }

    /**
     * How to ask for a WebSocket.
     *
     * @param path what is asked for, with its query
     * @param headers further ones of the request
     * @param frameBytesMax the longest frame that we send
     */
    public record WebSocket(String path, Map<String, String> headers, int frameBytesMax) {
        public static final WebSocket DEFAULTS = new WebSocket("/", Map.of(), WebSocketFrames.FRAME_BYTES_MAX);

        public WebSocket {
            headers = Map.copyOf(headers);
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("a WebSocket's path begins with /: " + path);
            }
            EndpointLimits.check(frameBytesMax, 125, 65_535, "frameBytesMax");
        }
    }

    /** Nobody in particular, with 15 s to get there. */
    public static ConnectOptions of(String host, int port) {
        return new ConnectOptions(
                host,
                port,
                EndpointLimits.DEFAULTS,
                15_000,
                null,
                SaslLogin.NOBODY,
                false,
                Tcp.DEFAULTS,
                null,
                null,
                false);
    }

    public ConnectOptions withUser(String user, String password) {
        return withLogin(SaslLogin.of(user, password).withMechanisms(login.mechanisms()));
    }

    public ConnectOptions withLogin(SaslLogin newLogin) {
        return new ConnectOptions(
                host,
                port,
                limits,
                connectTimeoutMillis,
                hostname,
                newLogin,
                skipsSasl,
                tcp,
                tls,
                webSocket,
                tracesFrames);
    }

    public ConnectOptions withLimits(EndpointLimits newLimits) {
        return new ConnectOptions(
                host,
                port,
                newLimits,
                connectTimeoutMillis,
                hostname,
                login,
                skipsSasl,
                tcp,
                tls,
                webSocket,
                tracesFrames);
    }

    public ConnectOptions withConnectTimeoutMillis(long millis) {
        return new ConnectOptions(
                host, port, limits, millis, hostname, login, skipsSasl, tcp, tls, webSocket, tracesFrames);
    }

    public ConnectOptions withTls(@Nullable TlsClient newTls) {
        return new ConnectOptions(
                host,
                port,
                limits,
                connectTimeoutMillis,
                hostname,
                login,
                skipsSasl,
                tcp,
                newTls,
                webSocket,
                tracesFrames);
    }

    public ConnectOptions withWebSocket(@Nullable WebSocket newWebSocket) {
        return new ConnectOptions(
                host,
                port,
                limits,
                connectTimeoutMillis,
                hostname,
                login,
                skipsSasl,
                tcp,
                tls,
                newWebSocket,
                tracesFrames);
    }

    public ConnectOptions withoutSasl() {
        return new ConnectOptions(
                host, port, limits, connectTimeoutMillis, hostname, login, true, tcp, tls, webSocket, tracesFrames);
    }
}
