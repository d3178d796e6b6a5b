package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection ended without an orderly close.
 *
 * @param message for a human
 * @param error what our end answered the peer with, if it could
 * @param exception what the network said, if it did
 */
public record DisconnectCause(
        Kind kind,
        String message,
        @Nullable ErrorCondition error,
        @Nullable Throwable exception) {
    /** What a caller can tell apart and act upon. */
    public enum Kind {
        /** No TCP connection, or it broke. */
        NETWORK,
        /** TLS could not agree, or did not trust. */
        TLS,
        /** Credentials or mechanism were refused. */
        AUTHENTICATION,
        /** No mechanism that the peer offers is allowed here and can work. */
        MECHANISM,
        /** The peer broke the protocol. */
        PROTOCOL,
        /** The peer stayed silent longer than it may. */
        IDLE
    }
}
