package dev.godwit.distribution.client;

import dev.godwit.amqp.transport.ConnectOptions;
import org.jspecify.annotations.Nullable;

/**
 * Which broker a tool talks to, and as whom. Immutable.
 *
 * @param user null to come in as nobody
 */
public record BrokerEndpoint(
        String host,
        int port,
        @Nullable String user,
        @Nullable String password) {
    ConnectOptions connectOptions() {
        var options = ConnectOptions.of(host, port);
        return user == null ? options : options.withUser(user, password == null ? "" : password);
    }

    /** Leaves the password out: it does not belong in a log. */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
