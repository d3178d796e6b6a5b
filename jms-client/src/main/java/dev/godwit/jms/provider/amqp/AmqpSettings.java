package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.sasl.SaslMechanism;
import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.TlsClient;
import dev.godwit.jms.provider.ServerAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
     * Over what AMQP is spoken, here and where the broker sends us.
     *
     * @param tls how TLS is spoken, where it is
     * @param webSocket how a WebSocket is asked for, where it is
     * @param encrypted whether TLS is spoken
     * @param inWebSocket whether AMQP comes in a WebSocket
     */
    public record Transport(
            ConnectOptions.Tcp tcp,
            TlsClient tls,
            ConnectOptions.WebSocket webSocket,
            boolean encrypted,
            boolean inWebSocket) {
        public static final Transport PLAIN = new Transport(
                ConnectOptions.Tcp.DEFAULTS, TlsClient.DEFAULTS, ConnectOptions.WebSocket.DEFAULTS, false, false);

        String scheme() {
            return "amqp" + (inWebSocket ? "ws" : "") + (encrypted ? "s" : "");
        }
    }

    /**
     * By what we log in.
     *
     * @param saslLayer false to begin with AMQP at once
     * @param mechanisms those that may be used; empty for all
     * @param tokens asked for a token at each login; null for none
     * @param tokensInTheClear sends tokens also where there is no TLS
     * @param own as whom at this broker alone; null as whom the connection says
     */
    public record Login(
            boolean saslLayer,
            List<SaslMechanism> mechanisms,
            @Nullable Supplier<String> tokens,
            boolean tokensInTheClear,
            @Nullable User own) {
        public static final Login DEFAULT = new Login(true, List.of(), null, false, null);

        public Login {
            mechanisms = List.copyOf(mechanisms);
        }

        private Login asAnybody() {
            return new Login(saslLayer, mechanisms, tokens, tokensInTheClear, null);
        }
    }

    /** A user, and the password, as far as there are such. */
    public record User(@Nullable String name, @Nullable String password) {
        /** Leaves the password out. */
        @Override
        public String toString() {
            return "User[" + name + ']';
        }
    }

    /** All that decides what we show this broker when we log in. A value. */
    record LoginThere(
            Login login,
            boolean encrypted,
            TlsClient tls,
            @Nullable String virtualHost) {}

    LoginThere loginThere() {
        return new LoginThere(login, transport.encrypted(), transport.tls(), virtualHost);
    }

    /** As whom the connection says, whoever would come in at this broker otherwise. */
    public AmqpSettings withoutOwnLogin() {
        return with(host, port, transport, login.asAnybody(), virtualHost);
    }

    private AmqpSettings with(
            String newHost, int newPort, Transport newTransport, Login newLogin, @Nullable String newVirtualHost) {
        return new AmqpSettings(
                newHost,
                newPort,
                newTransport,
                newLogin,
                connectTimeoutMillis,
                newVirtualHost,
                idleTimeoutMillis,
                maxFrameSizeBytes,
                presettle,
                queuePrefix,
                topicPrefix,
                tracesFrames,
                allowsNonSecureRedirects);
    }

    /**
     * The same for another broker: what its address does not say stays. Out of TLS no address leads, unless that is allowed.
     */
    AmqpSettings at(ServerAddress server) {
        Transport there = transport(server);
        if (leadsOutOfTls(server) && !allowsNonSecureRedirects) {
            there = new Transport(there.tcp(), there.tls(), webSocket(server, true), true, transport.inWebSocket());
        }
        return with(
                server.networkHost(),
                server.port() == 0 ? port : server.port(),
                there,
                login,
                server.hostname() == null ? virtualHost : server.hostname());
    }

    /** Whether we speak TLS, and are told to go where there is none. */
    boolean leadsOutOfTls(ServerAddress server) {
        return transport.encrypted() && !transport(server).encrypted();
    }

    private Transport transport(ServerAddress server) {
        String scheme =
                server.scheme() == null ? transport.scheme() : server.scheme().toLowerCase(Locale.ROOT);
        boolean encrypted = scheme.endsWith("ps") || scheme.endsWith("wss");
        return new Transport(
                transport.tcp(),
                transport.tls(),
                webSocket(server, encrypted || !transport.encrypted()),
                encrypted,
                scheme.contains("ws"));
    }

    /** Headers may hold secrets: they go to the host that they were given for, and no less safely than there. */
    private ConnectOptions.WebSocket webSocket(ServerAddress server, boolean asSafe) {
        ConnectOptions.WebSocket here = transport.webSocket();
        String path = server.path();
        return new ConnectOptions.WebSocket(
                path != null && path.startsWith("/") ? path : here.path(),
                asSafe && server.networkHost().equalsIgnoreCase(host) ? here.headers() : Map.of(),
                here.frameBytesMax());
    }

    /** For a human, as it would stand in a URI. */
    String describe() {
        return transport.scheme() + "://" + host + ':' + port;
    }
}
