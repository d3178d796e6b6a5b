package dev.godwit.distribution;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit move}. */
@Command(
        name = "move",
        description = "Moves messages from a queue to another address, and waits until that is done.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class MoveCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue where the messages are.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String queue;

    @Parameters(index = "1", paramLabel = "TO", description = "The queue or topic to which they go.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String to;

    @Mixin
    private final SweepOptions sweep = new SweepOptions();

    @Override
    public Integer call() throws InterruptedException {
        return sweep.run("MOVE", "moved", queue, to, spec.commandLine().getOut());
    }
}
