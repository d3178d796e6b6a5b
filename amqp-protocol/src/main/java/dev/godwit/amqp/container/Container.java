package dev.godwit.amqp.container;

/** Takes connections in. One per event loop; called there. */
public interface Container {
    /** A peer came in and proved who it is; its open has not come yet. */
    ConnectionListener onConnection(Connection connection);
}
