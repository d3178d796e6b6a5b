package dev.godwit.distribution;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code godwit journal}: the tools for a stopped broker's journal. */
@Command(
        name = "journal",
        description = "Looks into the journal of a stopped broker, repairs it, exports and imports its messages.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            JournalVerifyCommand.class,
            JournalStatsCommand.class,
            JournalPrintCommand.class,
            JournalExportCommand.class,
            JournalImportCommand.class,
            JournalRepairCommand.class
        })
final class JournalCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "one of verify, stats, print, export, import, repair is missing");
    }
}
