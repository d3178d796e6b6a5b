package dev.godwit.amqp.transport;

import org.jspecify.annotations.Nullable;

/**
 * Where an {@link AmqpConnector} goes, and as whom.
 *
 * @param connectTimeoutMillis from the first packet to the peer's open
 * @param user null to come in as nobody
 * @param mechanism the only SASL mechanism to use; null for PLAIN when there is a user and the peer offers it, else
 *     ANONYMOUS
 * @param skipsSasl begins with the AMQP header at once; for peers that want it so
 */
public record ConnectOptions(
        String host,
        int port,
        EndpointLimits limits,
        long connectTimeoutMillis,
        @Nullable String user,
        @Nullable String password,
        @Nullable String mechanism,
        boolean skipsSasl) {
    public ConnectOptions {
        EndpointLimits.check(port, 1, 65_535, "port");
        EndpointLimits.check(connectTimeoutMillis, 1, 3_600_000, "connectTimeoutMillis");
    }

    /** Nobody in particular, with 15 s to get there. */
    public static ConnectOptions of(String host, int port) {
        return new ConnectOptions(host, port, EndpointLimits.DEFAULTS, 15_000, null, null, null, false);
    }

    public ConnectOptions withUser(String newUser, String newPassword) {
        return new ConnectOptions(host, port, limits, connectTimeoutMillis, newUser, newPassword, mechanism, skipsSasl);
    }

    public ConnectOptions withMechanism(@Nullable String newMechanism) {
        return new ConnectOptions(host, port, limits, connectTimeoutMillis, user, password, newMechanism, skipsSasl);
    }

    public ConnectOptions withLimits(EndpointLimits newLimits) {
        return new ConnectOptions(host, port, newLimits, connectTimeoutMillis, user, password, mechanism, skipsSasl);
    }

    public ConnectOptions withConnectTimeoutMillis(long millis) {
        return new ConnectOptions(host, port, limits, millis, user, password, mechanism, skipsSasl);
    }

    public ConnectOptions withoutSasl() {
        return new ConnectOptions(host, port, limits, connectTimeoutMillis, user, password, mechanism, true);
    }
}
