package dev.godwit.amqp.transport;

import java.net.InetAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where an {@link AmqpServer} listens, and what it lets in.
 *
 * @param port 0 for any free one
 * @param handshakeTimeoutMillis from accept to the peer's open, whatever the peer sends meanwhile
 * @param idleTimeoutMillis asked of peers when the container's open asks for nothing; 0 for never. A peer that is
 *     silent for twice as long is closed (AMQP 1.0 §2.4.5)
 * @param connectionsMax at once, in all
 * @param connectionsPerAddressMax at once, from one IP address
 * @param unauthenticatedMax at once, of those that have not yet proved who they are
 * @param tls null for none
 * @param webSocket AMQP comes in the binary frames of a WebSocket
 * @param proxies all that comes, comes from proxies of these addresses, and says first whom it passes on
 *     ({@link ProxyHeader}); null where clients come themselves. Any thread may ask
 */
public record ListenerOptions(
        String host,
        int port,
        EndpointLimits limits,
        long handshakeTimeoutMillis,
        long idleTimeoutMillis,
        int connectionsMax,
        int connectionsPerAddressMax,
        int unauthenticatedMax,
        @Nullable Tls tls,
        boolean webSocket,
        @Nullable Predicate<InetAddress> proxies) {
    /**
     * TLS at a listener.
     *
     * @param clients whether they show certificates
     * @param onRequest it begins when a client asks for it by its first header (AMQP 1.0 §5.2); else with the connection
     */
    public record Tls(TlsEndpoint endpoint, TlsEndpoint.ClientCertificates clients, boolean onRequest) {}

    public ListenerOptions {
        EndpointLimits.check(port, 0, 65_535, "port");
        EndpointLimits.check(handshakeTimeoutMillis, 10, 3_600_000, "handshakeTimeoutMillis");
        EndpointLimits.check(idleTimeoutMillis, 0, Integer.MAX_VALUE / 2, "idleTimeoutMillis");
        EndpointLimits.check(connectionsMax, 1, Integer.MAX_VALUE, "connectionsMax");
        EndpointLimits.check(connectionsPerAddressMax, 1, Integer.MAX_VALUE, "connectionsPerAddressMax");
        EndpointLimits.check(unauthenticatedMax, 1, Integer.MAX_VALUE, "unauthenticatedMax");
    }

    /** The defaults: 10 s for the handshake, 30 s idle timeout, 16,384 connections, 1,024 of them unauthenticated. */
    public static ListenerOptions of(String host, int port) {
        return new ListenerOptions(
                host, port, EndpointLimits.DEFAULTS, 10_000, 30_000, 16_384, 16_384, 1_024, null, false, null);
    }

    public ListenerOptions withPort(int newPort) {
        return withAddress(host, newPort);
    }

    /** The same at another address. */
    public ListenerOptions withAddress(String newHost, int newPort) {
        return new ListenerOptions(
                newHost,
                newPort,
                limits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                webSocket,
                proxies);
    }

    public ListenerOptions withLimits(EndpointLimits newLimits) {
        return new ListenerOptions(
                host,
                port,
                newLimits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                webSocket,
                proxies);
    }

    public ListenerOptions withHandshakeTimeoutMillis(long millis) {
        return new ListenerOptions(
                host,
                port,
                limits,
                millis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                webSocket,
                proxies);
    }

    public ListenerOptions withIdleTimeoutMillis(long millis) {
        return new ListenerOptions(
                host,
                port,
                limits,
                handshakeTimeoutMillis,
                millis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                webSocket,
                proxies);
    }

    public ListenerOptions withConnectionCaps(int total, int perAddress, int unauthenticated) {
        return new ListenerOptions(
                host,
                port,
                limits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                total,
                perAddress,
                unauthenticated,
                tls,
                webSocket,
                proxies);
    }

    public ListenerOptions withTls(@Nullable Tls newTls) {
        return new ListenerOptions(
                host,
                port,
                limits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                newTls,
                webSocket,
                proxies);
    }

    public ListenerOptions withWebSocket(boolean newWebSocket) {
        return new ListenerOptions(
                host,
                port,
                limits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                newWebSocket,
                proxies);
    }

    public ListenerOptions withProxies(@Nullable Predicate<InetAddress> newProxies) {
        return new ListenerOptions(
                host,
                port,
                limits,
                handshakeTimeoutMillis,
                idleTimeoutMillis,
                connectionsMax,
                connectionsPerAddressMax,
                unauthenticatedMax,
                tls,
                webSocket,
                newProxies);
    }
}
