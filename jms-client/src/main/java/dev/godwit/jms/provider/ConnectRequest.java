package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/**
 * Who wants to connect.
 *
 * @param clientId how the broker shall know the connection; unique at the broker when {@code exclusive}
 * @param exclusive whether the client identifier came from the application, and so may be in use only once
 * @param user null to come as nobody
 * @param succession of one that comes again after a loss, in the place of what was lost; null of one that comes once
 */
public record ConnectRequest(
        String clientId,
        boolean exclusive,
        @Nullable String user,
        @Nullable String password,
        @Nullable Succession succession) {
    /** Of one that comes once. */
    public ConnectRequest(String clientId, boolean exclusive, @Nullable String user, @Nullable String password) {
        this(clientId, exclusive, user, password, null);
    }

    /** The same, of one that comes again: {@link #next} is its first attempt. */
    public ConnectRequest forReconnecting() {
        return with(Succession.begin());
    }

    /** The same once more, in the place of all attempts before, whatever became of them. */
    public ConnectRequest next() {
        if (succession == null) {
            throw new IllegalStateException("the connection is made once");
        }
        return with(succession.next());
    }

    private ConnectRequest with(Succession newSuccession) {
        return new ConnectRequest(clientId, exclusive, user, password, newSuccession);
    }

    /**
     * Whether who asks comes again after a loss, and wants to know then what had come through: the broker is asked for what helps
     * with that.
     */
    public boolean reconnects() {
        return succession != null;
    }

    /** Leaves the password out, and who may take the connection's place. */
    @Override
    public String toString() {
        return "ConnectRequest[clientId=" + clientId + ", exclusive=" + exclusive + ", user=" + user + ']';
    }
}
