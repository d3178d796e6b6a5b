package dev.godwit.storage.segment;

import java.io.IOException;

/** What is on disk is not a journal that this release can vouch for. The message names file, offset and fault. */
public final class CorruptJournalException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean foreign;

    private CorruptJournalException(String message, boolean foreign) {
        super(message);
        this.foreign = foreign;
    }

    static CorruptJournalException at(String fileName, long offset, String problem) {
        return new CorruptJournalException(fileName + " at offset " + offset + ": " + problem, false);
    }

    static CorruptJournalException of(String problem) {
        return new CorruptJournalException(problem, false);
    }

    static CorruptJournalException foreign(String fileName, String problem) {
        return new CorruptJournalException(fileName + ": " + problem, true);
    }

    /** True when nothing is damaged: the files are of another format or format version, or of another journal. */
    public boolean isForeign() {
        return foreign;
    }
}
