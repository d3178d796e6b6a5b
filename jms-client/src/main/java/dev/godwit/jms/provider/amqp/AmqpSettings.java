package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.sasl.SaslMechanism;
import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.TlsClient;
import dev.godwit.jms.provider.ServerAddress;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker is, and how to speak with it. Immutable.
 *
 * @param connectTimeoutMillis from the first packet to the broker's open; -1 for no limit
 * @param virtualHost the hostname of our open, and of SASL; null for {@code host}
 * @param idleTimeoutMillis the connection is lost when the broker is silent for longer; 0 to wait for ever
 * @param maxFrameSizeBytes the longest frame that we take
 * @param queuePrefix before the names of queues on the wire; null for what the broker announces
 * @param topicPrefix before the names of topics on the wire; null for what the broker announces
 * @param tracesFrames writes every frame to the log
 * @param allowsNonSecureRedirects follows a broker that sends us from TLS to where there is none
 */
public record AmqpSettings(
        String host,
        int port,
        Transport transport,
        Login login,
        long connectTimeoutMillis,
        @Nullable String virtualHost,
        long idleTimeoutMillis,
        int maxFrameSizeBytes,
        PresettlePolicy presettle,
        @Nullable String queuePrefix,
        @Nullable String topicPrefix,
        boolean tracesFrames,
        boolean allowsNonSecureRedirects) {
    public static final long DEFAULT_IDLE_TIMEOUT_MILLIS = 60_000;
    public static final int DEFAULT_MAX_FRAME_SIZE_BYTES = 128 * 1024;

    /** A broker over plain TCP, as whoever connects. */
    public AmqpSettings(
            String host,
            int port,
            long connectTimeoutMillis,
            @Nullable String virtualHost,
            long idleTimeoutMillis,
            int maxFrameSizeBytes) {
        this(
                host,
                port,
                Transport.PLAIN,
                Login.DEFAULT,
                connectTimeoutMillis,
                virtualHost,
                idleTimeoutMillis,
                maxFrameSizeBytes,
                PresettlePolicy.NONE,
                null,
                null,
                false,
                false);
    }

    public AmqpSettings {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("the broker's host is empty");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1 to 65535: " + port);
        }
        if (idleTimeoutMillis < 0 || idleTimeoutMillis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("amqp.idleTimeout must be 0 to 2147483647: " + idleTimeoutMillis);
        }
        if (maxFrameSizeBytes < 512 || maxFrameSizeBytes > 1024 * 1024) {
            throw new IllegalArgumentException("amqp.maxFrameSize must be 512 to 1048576: " + maxFrameSizeBytes);
        }
    }

    /**
     * Over what AMQP is spoken.
     *
     * @param tls null without TLS
     * @param webSocket null without WebSocket
     */
    public record Transport(
            ConnectOptions.Tcp tcp, @Nullable TlsClient tls, ConnectOptions.@Nullable WebSocket webSocket) {
        public static final Transport PLAIN = new Transport(ConnectOptions.Tcp.DEFAULTS, null, null);

        String scheme() {
            return "amqp" + (webSocket == null ? "" : "ws") + (tls == null ? "" : "s");
        }
    }

    /**
     * By what we log in; as whom, the connection says.
     *
     * @param saslLayer false to begin with AMQP at once
     * @param mechanisms those that may be used; empty for all
     * @param tokens asked for a token at each login; null for none
     */
    public record Login(
            boolean saslLayer,
            List<SaslMechanism> mechanisms,
            @Nullable Supplier<String> tokens) {
        public static final Login DEFAULT = new Login(true, List.of(), null);

        public Login {
            mechanisms = List.copyOf(mechanisms);
        }
    }

    /**
     * The same for another broker: what its address does not say stays. Out of TLS no address leads, unless that is allowed.
     */
    AmqpSettings at(ServerAddress server) {
        Transport there = transport(server);
        boolean stays = leadsOutOfTls(server) && !allowsNonSecureRedirects;
        return new AmqpSettings(
                server.networkHost(),
                server.port() == 0 ? port : server.port(),
                stays ? transport : there,
                login,
                connectTimeoutMillis,
                server.hostname() == null ? virtualHost : server.hostname(),
                idleTimeoutMillis,
                maxFrameSizeBytes,
                presettle,
                queuePrefix,
                topicPrefix,
                tracesFrames,
                allowsNonSecureRedirects);
    }

    /** Whether we speak TLS, and are told to go where there is none. */
    boolean leadsOutOfTls(ServerAddress server) {
        return transport.tls() != null && transport(server).tls() == null;
    }

    private Transport transport(ServerAddress server) {
        String scheme =
                server.scheme() == null ? transport.scheme() : server.scheme().toLowerCase(Locale.ROOT);
        TlsClient tls = transport.tls() == null ? TlsClient.DEFAULTS : transport.tls();
        ConnectOptions.WebSocket webSocket =
                transport.webSocket() == null ? ConnectOptions.WebSocket.DEFAULTS : transport.webSocket();
        String path = server.path();
        if (path != null && path.startsWith("/")) {
            webSocket = new ConnectOptions.WebSocket(path, webSocket.headers(), webSocket.frameBytesMax());
        }
        boolean encrypted = scheme.endsWith("ps") || scheme.endsWith("wss");
        return new Transport(transport.tcp(), encrypted ? tls : null, scheme.contains("ws") ? webSocket : null);
    }

    /** For a human, as it would stand in a URI. */
    String describe() {
        return transport.scheme() + "://" + host + ':' + port;
    }
}
