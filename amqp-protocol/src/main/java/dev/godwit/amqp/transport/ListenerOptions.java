package dev.godwit.amqp.transport;

import java.net.InetAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where an {@link AmqpServer} listens, and what it lets in.
 *
 * @param port 0 for any free one
 * @param layers what lies between TCP and AMQP
 */
public record ListenerOptions(
        String host, int port, EndpointLimits limits, Timeouts timeouts, ConnectionLimits connections, Layers layers) {
    /**
     * How long peers may be silent.
     *
     * @param handshakeMillis from accept to the peer's open, whatever the peer sends meanwhile
     * @param idleMillis asked of peers when the container's open asks for nothing; 0 for never. A peer that is silent for
     *     twice as long is closed (AMQP 1.0 §2.4.5)
     */
    public record Timeouts(long handshakeMillis, long idleMillis) {
        public Timeouts {
            EndpointLimits.check(handshakeMillis, 10, 3_600_000, "handshakeMillis");
            EndpointLimits.check(idleMillis, 0, Integer.MAX_VALUE / 2, "idleMillis");
        }
    }

    /**
     * What comes before AMQP, the outermost first.
     *
     * @param proxies all that comes, comes from proxies of these addresses, and says first whom it passes on
     *     ({@link ProxyHeader}); null where clients come themselves. Any thread may ask
     * @param tls null for none
     * @param webSocket AMQP comes in the binary frames of a WebSocket
     */
    public record Layers(
            @Nullable Predicate<InetAddress> proxies,
            @Nullable Tls tls,
            boolean webSocket) {
        /** AMQP over TCP, from clients themselves. */
        public static final Layers NONE = new Layers(null, null, false);
    }

    /**
     * TLS at a listener.
     *
     * @param clients whether they show certificates
     * @param onRequest it begins when a client asks for it by its first header (AMQP 1.0 §5.2); else with the connection
     */
    public record Tls(TlsEndpoint endpoint, TlsEndpoint.ClientCertificates clients, boolean onRequest) {}

    public ListenerOptions {
        EndpointLimits.check(port, 0, 65_535, "port");
    }

    /** The defaults: 10 s for the handshake, 30 s idle timeout, 16,384 connections, 1,024 of them unauthenticated. */
    public static ListenerOptions of(String host, int port) {
        return new ListenerOptions(
                host,
                port,
                EndpointLimits.DEFAULTS,
                new Timeouts(10_000, 30_000),
                new ConnectionLimits(16_384, 16_384, 1_024),
                Layers.NONE);
    }

    /** The same at another address. */
    public ListenerOptions withAddress(String newHost, int newPort) {
        return new ListenerOptions(newHost, newPort, limits, timeouts, connections, layers);
    }

    public ListenerOptions withLimits(EndpointLimits others) {
        return new ListenerOptions(host, port, others, timeouts, connections, layers);
    }

    public ListenerOptions withTimeouts(Timeouts others) {
        return new ListenerOptions(host, port, limits, others, connections, layers);
    }

    public ListenerOptions withConnections(ConnectionLimits others) {
        return new ListenerOptions(host, port, limits, timeouts, others, layers);
    }

    public ListenerOptions withProxies(@Nullable Predicate<InetAddress> proxies) {
        return new ListenerOptions(
                host, port, limits, timeouts, connections, new Layers(proxies, layers.tls, layers.webSocket));
    }
}
