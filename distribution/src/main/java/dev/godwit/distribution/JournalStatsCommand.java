package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.JournalFigures;
import dev.godwit.storage.journal.JournalOpenException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit journal stats}. */
@Command(
        name = "stats",
        description = "Says how full a stopped broker's journal is: segments, live and dead bytes, messages per queue.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalStatsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--json", description = "As one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws ConfigurationException, IOException {
        try (var inspection = location.inspect()) {
            var figures = JournalFigures.of(inspection);
            if (json) {
                figures.printJson(spec.commandLine().getOut());
            } else {
                figures.print(spec.commandLine().getOut());
            }
            return ExitCode.OK.code();
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        }
    }
}
