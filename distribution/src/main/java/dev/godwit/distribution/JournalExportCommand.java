package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.JournalExport;
import dev.godwit.storage.journal.JournalOpenException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit journal export}. */
@Command(
        name = "export",
        description = {
            "Writes the queues and messages of a stopped broker's journal as JSON lines, which `godwit journal import`",
            "reads. What is damaged is left out and named. Changes nothing in the journal."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalExportCommand implements Callable<Integer> {
    private static final String STANDARD_OUTPUT = "-";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A file that is not there yet; - for standard output.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String file;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--queue", paramLabel = "NAME", description = "One queue alone.")
    private @Nullable String queue;

    @Option(
            names = "--dead-too",
            description = "Also messages that were consumed, expired or deleted, as long as their bytes are there.")
    private boolean deadToo;

    @Option(
            names = "--without-definition-too",
            description = "Also messages whose queue was deleted, or whose queue's definition is lost, under the name"
                    + " without-definition.NUMBER.")
    private boolean withoutDefinitionToo;

    @Override
    public Integer call() throws ConfigurationException, IOException {
        try (var inspection = location.inspect();
                OutputStream out = open()) {
            var outcome = new JournalExport(inspection, queue, deadToo, withoutDefinitionToo).write(out);
            PrintWriter err = spec.commandLine().getErr();
            outcome.problems().forEach(problem -> err.println("not exported: " + problem));
            if (outcome.withoutQueue() > 0) {
                err.println("not exported: " + outcome.withoutQueue()
                        + " messages whose queue is not defined any more (--without-definition-too exports them)");
            }
            err.printf(
                    "exported %d messages (%d of them dead) and %d queues%n",
                    outcome.messages(), outcome.deadMessages(), outcome.queues());
            return (outcome.problems().isEmpty() ? ExitCode.OK : ExitCode.INCOMPLETE).code();
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private OutputStream open() throws IOException {
        if (file.equals(STANDARD_OUTPUT)) {
            return new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        }
        try {
            return new BufferedOutputStream(
                    Files.newOutputStream(Path.of(file), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(ExitCode.USAGE, file + " is there already; name a file that is not");
        }
    }
}
