package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/** Why a provider could not do what it was asked. The reason is what a session acts upon, the message is for a human. */
public final class ProviderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** What a session can tell apart. */
    public enum Reason {
        /** The broker could not be reached, or its connection broke. */
        CONNECTION_LOST,
        /** Wrong user or password, or the user may not do this. */
        SECURITY,
        /** No way to log in that the broker offers is allowed and can work with what there is. */
        NO_MECHANISM,
        /** TLS could not agree with the broker, or one of the two does not trust the other's certificate. */
        UNTRUSTED,
        /** Another connection uses this client identifier. */
        CLIENT_ID_IN_USE,
        /** There is no such destination, or it may not be used so. */
        INVALID_DESTINATION,
        /** The broker does not understand the selector. */
        INVALID_SELECTOR,
        /** The broker is out of some resource, or at a limit. */
        RESOURCE_LIMIT,
        /** The broker looked at the message and does not want it. */
        MESSAGE_REFUSED,
        /** The broker could not take the message now; a later attempt may succeed. */
        MESSAGE_RELEASED,
        /** The message cannot be written to, or read from, the wire. */
        MESSAGE_FORMAT,
        /** The transaction was not committed, and never will be. */
        TRANSACTION_ROLLED_BACK,
        /** There is no such transaction, or not any more. */
        TRANSACTION_UNKNOWN,
        /** A commit was asked for and its answer was lost. */
        TRANSACTION_IN_DOUBT,
        /** The broker ended the session or the link, or either was closed here. */
        CLOSED,
        /** The broker has no such ability. */
        NOT_SUPPORTED,
        /** The broker broke the protocol, or failed inside. */
        BROKER_ERROR
    }

    public ProviderException(Reason reason, String message) {
        this(reason, message, null);
    }

    public ProviderException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
