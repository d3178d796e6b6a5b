package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ServerAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker is, and how to speak with it.
 *
 * @param virtualHost the hostname of our open; null for {@code host}
 * @param idleTimeoutMillis the connection is lost when the broker is silent for longer; 0 to wait for ever
 * @param maxFrameSizeBytes the longest frame that we take
 */
public record AmqpSettings(
        String host,
        int port,
        long connectTimeoutMillis,
        @Nullable String virtualHost,
        long idleTimeoutMillis,
        int maxFrameSizeBytes) {
    public static final int DEFAULT_PORT = 5672;
    public static final long DEFAULT_IDLE_TIMEOUT_MILLIS = 60_000;
    public static final int DEFAULT_MAX_FRAME_SIZE_BYTES = 128 * 1024;

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

    /** The same for another node: what its address does not say stays. */
    AmqpSettings at(ServerAddress server) {
        return new AmqpSettings(
                server.networkHost(),
                server.port() == 0 ? port : server.port(),
                connectTimeoutMillis,
                server.hostname() == null ? virtualHost : server.hostname(),
                idleTimeoutMillis,
                maxFrameSizeBytes);
    }
}
