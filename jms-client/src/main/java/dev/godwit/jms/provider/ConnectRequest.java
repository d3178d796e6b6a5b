package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/**
 * Who wants to connect.
 *
 * @param clientId how the broker shall know the connection; unique at the broker when {@code exclusive}
 * @param exclusive whether the client identifier came from the application, and so may be in use only once
 * @param user null to come as nobody
 * @param reconnects who asks comes again after a loss, and wants to know then what had come through: the broker is asked for
 *     what helps with that
 */
public record ConnectRequest(
        String clientId,
        boolean exclusive,
        @Nullable String user,
        @Nullable String password,
        boolean reconnects) {
    /** Of one that comes once. */
    public ConnectRequest(String clientId, boolean exclusive, @Nullable String user, @Nullable String password) {
        this(clientId, exclusive, user, password, false);
    }

    /** The same, of one that comes again. */
    public ConnectRequest forReconnecting() {
        return new ConnectRequest(clientId, exclusive, user, password, true);
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return "ConnectRequest[clientId=" + clientId + ", exclusive=" + exclusive + ", user=" + user + ']';
    }
}
