package dev.godwit.amqp.transport;

/**
 * The life of a connection, at either end.
 *
 * <pre>
 *   CONNECTING ── socket ──▶ HANDSHAKE ── SASL done ──▶ OPEN ── close sent ──▶ CLOSING ── socket gone ──▶ DISCONNECTED
 *   any ── socket gone ──▶ DISCONNECTED
 * </pre>
 */
enum ConnectionState {
    /** A client has no socket yet. What it asks for gathers in the engine. */
    CONNECTING,
    /** Protocol headers and SASL; no AMQP frame is read. */
    HANDSHAKE,
    /** AMQP frames flow. */
    OPEN,
    /** Our close is sent, or the socket is to be closed: of what the peer still says only its close counts. */
    CLOSING,
    /** Terminal. */
    DISCONNECTED;

    /** Neither end has closed, and the socket is not lost. */
    boolean isUsable() {
        return this == CONNECTING || this == HANDSHAKE || this == OPEN;
    }

    /** The handshake is done, so the engine may write. */
    boolean isPastHandshake() {
        return this == OPEN || this == CLOSING;
    }

    boolean mayBecome(ConnectionState next) {
        return next.compareTo(this) > 0;
    }
}
