package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.journal.JournalVerification;
import dev.godwit.storage.journal.JournalOpenException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code godwit journal verify}. */
@Command(
        name = "verify",
        description = "Verifies every byte of a stopped broker's journal, and names what is damaged. Changes nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JournalVerifyCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Override
    public Integer call() throws ConfigurationException {
        try (var inspection = location.inspect()) {
            var verification = JournalVerification.of(inspection);
            verification.print(spec.commandLine().getOut());
            return (verification.isRefused() ? ExitCode.JOURNAL_CORRUPT : ExitCode.OK).code();
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        }
    }
}
