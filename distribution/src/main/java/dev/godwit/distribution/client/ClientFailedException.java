package dev.godwit.distribution.client;

/** A tool cannot do what it was asked for; the reason is one line for the user. */
public final class ClientFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What a caller can tell apart. */
    public enum Kind {
        /** No connection, or it was lost. */
        CONNECTION,
        /** The broker refused a session, an address, a transaction or a message. */
        REFUSED,
        /** The broker cannot do it now. */
        NOT_NOW,
        /** The broker's process cannot be looked at. */
        PROCESS
    }

    private final Kind kind;
    private final String reason;

    public ClientFailedException(Kind kind, String reason) {
        super(reason);
        this.kind = kind;
        this.reason = reason;
    }

    public Kind kind() {
        return kind;
    }

    /** The message; unlike {@link #getMessage} it is never null. */
    public String reason() {
        return reason;
    }
}
