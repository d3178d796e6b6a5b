package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.JournalRepair;
import dev.godwit.storage.journal.InspectionReport;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.segment.Damage;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit journal repair}. */
@Command(
        name = "repair",
        description = {
            "Makes a damaged journal one that a broker starts with, without what cannot be read; names each loss. Take a",
            "copy of the directory first. Does nothing to a journal that is whole."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalRepairCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--dry-run", description = "Says what would be lost, and changes nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws ConfigurationException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            InspectionReport report;
            try (var inspection = location.inspect()) {
                report = JournalRepair.losses(inspection);
            }
            if (!report.isRefused()) {
                out.println("nothing to repair");
                return ExitCode.OK.code();
            }
            for (Damage damage : report.damages()) {
                if (!damage.isHarmless() && !damage.accepted()) {
                    out.println((dryRun ? "would be lost: " : "lost: ") + damage.describe());
                }
            }
            out.flush();
            if (dryRun) {
                return ExitCode.JOURNAL_CORRUPT.code();
            }
            JournalRepair.run(location.configuration());
            out.println("repaired");
            return ExitCode.OK.code();
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        }
    }
}
