package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/**
 * Who wants to connect.
 *
 * @param clientId how the broker shall know the connection; unique at the broker when {@code exclusive}
 * @param exclusive whether the client identifier came from the application, and so may be in use only once
 * @param user null to come as nobody
 */
public record ConnectRequest(
        String clientId,
        boolean exclusive,
        @Nullable String user,
        @Nullable String password) {
    /** Leaves the password out. */
    @Override
    public String toString() {
        return "ConnectRequest[clientId=" + clientId + ", exclusive=" + exclusive + ", user=" + user + ']';
    }
}
