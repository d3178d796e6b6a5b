package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.ConnectionListener;

/** Whoever made a connection: the server that accepted it, or the connector that a client called. */
interface ConnectionOwner {
    /** The peer (server) or we (client) have proved who we are: who listens? */
    ConnectionListener onAuthenticated(ProtonConnection connection);

    /** The connection is over and heard of. */
    void onGone(ProtonConnection connection);
}
