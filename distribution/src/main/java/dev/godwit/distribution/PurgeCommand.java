package dev.godwit.distribution;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit purge}. */
@Command(
        name = "purge",
        description = "Removes messages from a queue, and waits until they are gone.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PurgeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue where the messages are.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String queue;

    @Mixin
    private final SweepOptions sweep = new SweepOptions();

    @Override
    public Integer call() throws InterruptedException {
        return sweep.run("PURGE", "purged", queue, null, spec.commandLine().getOut());
    }
}
