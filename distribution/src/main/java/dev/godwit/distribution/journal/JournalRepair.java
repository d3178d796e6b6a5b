package dev.godwit.distribution.journal;

import dev.godwit.storage.journal.InspectionReport;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalVisitor;

/** Makes a damaged journal one that a broker starts with. */
public final class JournalRepair {
    private JournalRepair() {}

    /** What a repair would have to give up. */
    public static InspectionReport losses(JournalInspection inspection) throws JournalOpenException {
        return inspection.walk(new JournalVisitor() {});
    }

    /** Opens the journal once with the loss accepted. */
    public static void run(JournalConfiguration configuration) throws JournalOpenException {
        try (var journal = Journal.open(configuration.withAcceptLoss(true), failure -> {})) {
            journal.recover(shard -> NoRecovery.INSTANCE);
        }
    }
}
