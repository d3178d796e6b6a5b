package dev.godwit.storage.journal;

/** The disk is too slow, or too full, for the offered load. Nothing was written; the caller may try again. */
public final class JournalFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JournalFullException(String message) {
        super(message);
    }

    public JournalFullException(long pendingBytes, long pendingBytesMax) {
        super("journal has " + pendingBytes + " of " + pendingBytesMax + " bytes awaiting commit");
    }
}
