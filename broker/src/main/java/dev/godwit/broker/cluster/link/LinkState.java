package dev.godwit.broker.cluster.link;

/** How it stands with the way to another node. */
enum LinkState {
    /** The next attempt to connect waits for its time. */
    WAITING,
    /** TCP, and TLS, are under way. */
    CONNECTING,
    /** We have greeted, and wait to be let in. */
    GREETING,
    /** Messages can be sent. */
    OPEN,
    /** It was closed by us, for good. */
    CLOSED
}
