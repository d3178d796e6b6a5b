package dev.godwit.storage.journal;

import java.io.IOException;

/** Told, once, that the journal's disk has failed: the node must stop, with an exit code. */
@FunctionalInterface
public interface JournalFailureListener {
    /**
     * A file operation failed. It was not repeated, for a disk that failed once may say yes with the data gone. Nothing
     * is written or confirmed any more. Called on a thread of the journal's own.
     */
    void onJournalFailed(IOException failure);
}
