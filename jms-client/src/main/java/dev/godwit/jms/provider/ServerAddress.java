package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/**
 * Where another node of the broker is, as a node says it in its open ({@code failover-server-list}). A value.
 *
 * @param networkHost name or address to connect to
 * @param port 1 to 65535; 0 for that of the node that says it
 * @param hostname what to call it in our open; null for {@code networkHost}
 * @param scheme how to speak with it, {@code amqp} or {@code amqps}; null for what the node speaks that says it
 * @param path for WebSocket; null for none
 */
public record ServerAddress(
        String networkHost,
        int port,
        @Nullable String hostname,
        @Nullable String scheme,
        @Nullable String path) {
    private static final int PORT_MAX = 65_535;

    public ServerAddress {
        if (networkHost.isEmpty()) {
            throw new IllegalArgumentException("the host of a node is empty");
        }
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("a port is 0 to " + PORT_MAX + ": " + port);
        }
    }
}
