package dev.godwit.storage.journal;

/** The journal cannot be opened; nothing was changed. The message says what is wrong, and where. */
public final class JournalOpenException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What an operator can act on. */
    public enum Reason {
        /** Another process has the directory open; the message names it. */
        LOCKED,
        /** Bytes that had been on stable storage are damaged or missing; the message names file and offset. */
        CORRUPT,
        /** The files are of another format, format version, size or journal. */
        FOREIGN,
        /** The directory cannot be read or written. */
        UNUSABLE
    }

    private final Reason reason;

    JournalOpenException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    JournalOpenException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
