package dev.godwit.storage.segment;

import java.io.IOException;
import java.util.List;

/** What is on disk is not a journal that this release can vouch for. The message names file, offset and fault. */
public final class CorruptJournalException extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int NAMED_MAX = 20;

    private final boolean foreign;

    private CorruptJournalException(String message, boolean foreign) {
        super(message);
        this.foreign = foreign;
    }

    /** Names each damage, the first twenty of many. */
    static CorruptJournalException of(List<Damage> damages) {
        var text = new StringBuilder("what had been on stable storage is damaged in ")
                .append(damages.size())
                .append(damages.size() == 1 ? " place" : " places");
        damages.stream().limit(NAMED_MAX).forEach(damage -> text.append("\n  ").append(damage.describe()));
        if (damages.size() > NAMED_MAX) {
            text.append("\n  and ").append(damages.size() - NAMED_MAX).append(" more");
        }
        return new CorruptJournalException(text.append("\nNothing was changed.").toString(), false);
    }

    static CorruptJournalException because(String problem) {
        return new CorruptJournalException(problem, false);
    }

    static CorruptJournalException at(String fileName, long offset, String problem) {
        return new CorruptJournalException(fileName + " at offset " + offset + ": " + problem, false);
    }

    static CorruptJournalException foreign(String fileName, String problem) {
        return new CorruptJournalException(fileName + ": " + problem, true);
    }

    /** True when nothing is damaged: the files are of another format or format version, or of another journal. */
    public boolean isForeign() {
        return foreign;
    }
}
