package dev.godwit.broker;

import org.jspecify.annotations.Nullable;

/** A broker did not come up; nothing of it runs. The message is for the operator: what was wrong, and what to do. */
public final class BrokerStartException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What an operator, or a script, can tell apart. */
    public enum Kind {
        /** The configuration contradicts itself. */
        CONFIGURATION,
        /** Another program listens on the port. */
        PORT_IN_USE,
        /** Another broker uses the data directory. */
        DATA_LOCKED,
        /** The journal is damaged before its end; nothing was changed. */
        JOURNAL_CORRUPT,
        /** The data directory cannot be used: permissions, or another format. */
        DATA_UNUSABLE,
        /** Anything else. */
        FAILED
    }

    private final Kind kind;

    BrokerStartException(Kind kind, @Nullable String message) {
        super(message);
        this.kind = kind;
    }

    BrokerStartException(Kind kind, @Nullable String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
