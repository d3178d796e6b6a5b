package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** What happens on a connection. Called on the connection's loop. */
public interface ConnectionListener {
    /**
     * The peer's open came: see {@link Connection#remoteOpen}. A server answers, now or later, by open or close; what the
     * peer says meanwhile waits.
     */
    void onOpen(Connection connection);

    /**
     * The peer began a session, and we have agreed. Never called at the client's end of our brokers.
     *
     * @return who hears about it
     */
    SessionListener onSession(Session session);

    /** The peer sent close; ours has been sent in answer. {@link #onDisconnected} follows. */
    void onClose(Connection connection, @Nullable ErrorCondition error);

    /**
     * The socket is gone, or was never there. The last call for this connection, exactly once, after which sessions and
     * links hear nothing more.
     *
     * @param cause null after an orderly close
     */
    void onDisconnected(Connection connection, @Nullable DisconnectCause cause);
}
