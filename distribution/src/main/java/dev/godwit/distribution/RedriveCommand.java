package dev.godwit.distribution;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit redrive}. */
@Command(
        name = "redrive",
        description = "Brings dead letters back to where they came from, and waits until that is done.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RedriveCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue where the dead letters are.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String queue;

    @Option(names = "--to", paramLabel = "ADDRESS", description = "To this address, wherever they came from.")
    private @Nullable String to;

    @Mixin
    private final SweepOptions sweep = new SweepOptions();

    @Override
    public Integer call() throws InterruptedException {
        return sweep.run("REDRIVE", "redriven", queue, to, spec.commandLine().getOut());
    }
}
