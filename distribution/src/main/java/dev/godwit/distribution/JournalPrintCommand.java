package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.JournalPrint;
import dev.godwit.storage.journal.InspectionReport;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.segment.Damage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit journal print}. */
@Command(
        name = "print",
        description = "Prints the records of a stopped broker's journal, one a line, in the order of writing.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalPrintCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--shard", paramLabel = "N", description = "Records of one shard; 0 holds the definitions.")
    private @Nullable Integer shard;

    @Option(names = "--queue", paramLabel = "NAME", description = "Records of one queue.")
    private @Nullable String queue;

    @Option(names = "--type", paramLabel = "TYPE", description = "Records of one type, such as MessageEnqueued.")
    private @Nullable String type;

    @Option(names = "--from", paramLabel = "INDEX", description = "From this index on.")
    private long fromIndex;

    @Option(names = "--to", paramLabel = "INDEX", description = "Up to this index.")
    private long toIndex = Long.MAX_VALUE;

    @Option(names = "--json", description = "As JSON, one object a line.")
    private boolean json;

    @Override
    public Integer call() throws ConfigurationException, IOException {
        var selection = new JournalPrint.Selection(shard, queue, type, fromIndex, toIndex);
        try (var inspection = location.inspect()) {
            InspectionReport report =
                    JournalPrint.print(inspection, selection, spec.commandLine().getOut(), json);
            PrintWriter err = spec.commandLine().getErr();
            for (Damage damage : report.damages()) {
                err.println("damaged: " + damage.describe());
            }
            return (report.isRefused() ? ExitCode.JOURNAL_CORRUPT : ExitCode.OK).code();
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        }
    }
}
