package dev.godwit.broker;

import dev.godwit.amqp.transport.ConnectionLimits;

/**
 * What bounds those who come to a broker's listeners. Immutable.
 *
 * @param maxFrameSizeBytes largest frame that peers may send, at least 512
 * @param maxMessageSizeBytes largest message that producers may send
 * @param idleTimeoutMillis a peer that is silent for longer is disconnected; 0 for never
 * @param handshakeTimeoutMillis from TCP connection to open
 * @param connections at all listeners together
 */
public record ListenLimits(
        int maxFrameSizeBytes,
        long maxMessageSizeBytes,
        long idleTimeoutMillis,
        long handshakeTimeoutMillis,
        ConnectionLimits connections) {
    /** Frames of 128 KiB, messages of 100 MiB, 60 s of silence, 10 s for the handshake, 10,000 connections. */
    static final ListenLimits DEFAULTS =
            new ListenLimits(128 << 10, 100 << 20, 60_000, 10_000, new ConnectionLimits(10_000, 5_000, 1_000));
}
