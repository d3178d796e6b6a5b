package dev.godwit.distribution.journal;

/** A line of an export cannot be used; the message says which one and why. */
public final class ExportLineException extends Exception {
    private static final long serialVersionUID = 1L;

    ExportLineException(long line, String reason) {
        super("line " + line + ": " + reason);
    }
}
