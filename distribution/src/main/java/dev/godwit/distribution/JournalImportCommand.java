package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.ExportLineException;
import dev.godwit.distribution.journal.JournalImport;
import dev.godwit.distribution.journal.JournalImport.InterruptedImportException;
import dev.godwit.storage.journal.JournalOpenException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit journal import}. */
@Command(
        name = "import",
        description = {
            "Adds what `godwit journal export` wrote to the journal of a stopped broker, or to a new one. Queues that are",
            "missing are created. Messages are added behind those that are there: importing twice brings them twice. The",
            "whole file is checked first; nothing is added when a line of it cannot be used."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalImportCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            description = "An export; - for standard input, which is kept in a file meanwhile.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String file;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--queue", paramLabel = "NAME", description = "Messages of one queue alone.")
    private @Nullable String queue;

    @Option(
            names = "--dead-too",
            description = "Also messages that were consumed, expired or deleted when the export was made.")
    private boolean deadToo;

    @Option(names = "--dry-run", description = "Checks the file, and adds nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws ConfigurationException, IOException {
        var importing = new JournalImport(queue, deadToo);
        Path export = file.equals(STANDARD_INPUT) ? keepStandardInput() : Path.of(file);
        try {
            if (dryRun) {
                importing.check(export);
                spec.commandLine().getOut().println("every line can be used; nothing was added");
                return ExitCode.OK.code();
            }
            var outcome = importing.run(export, location.configuration());
            spec.commandLine()
                    .getOut()
                    .printf(
                            "imported %d messages, created %d queues, left out %d messages%n",
                            outcome.messages(), outcome.newQueues(), outcome.skipped());
            return ExitCode.OK.code();
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitCode.USAGE, file + ": no such file");
        } catch (ExportLineException e) {
            throw new CommandFailure(ExitCode.USAGE, file + ", " + e.getMessage() + "; nothing was added");
        } catch (InterruptedImportException e) {
            throw new CommandFailure(ExitCode.INCOMPLETE, String.valueOf(e.getMessage()));
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        } finally {
            if (file.equals(STANDARD_INPUT)) {
                Files.deleteIfExists(export);
            }
        }
    }

    /** It is read twice. */
    private static Path keepStandardInput() throws IOException {
        Path kept = Files.createTempFile("godwit-import", ".jsonl");
        Files.copy(System.in, kept, StandardCopyOption.REPLACE_EXISTING);
        return kept;
    }
}
