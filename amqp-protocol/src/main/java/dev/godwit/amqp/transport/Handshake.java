package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;

/** What is said before AMQP frames flow: protocol headers and SASL (AMQP 1.0 §2.2, §5.3). Owned by the connection's loop. */
interface Handshake {
    /** The socket is there. */
    void onConnected();

    /**
     * Takes what it understands from {@code in}; leaves what is not yet whole, and what comes after it.
     *
     * @throws ProtocolViolation when the peer does not keep to it
     */
    void onBytes(ByteBuf in);

    /** What it waits for on our side, as the end of a sentence; empty for nothing. */
    default String waitsFor() {
        return "";
    }

    /** The connection has ended before it was done. */
    default void onConnectionOver() {}
}
