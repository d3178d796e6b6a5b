package dev.godwit.distribution;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a command is given that brings messages from a queue to another address, and how it runs. */
abstract class BringCommand implements Callable<Integer> {
    private final String operation;
    private final String participle;

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

    /**
     * @param operation as the management node calls it
     * @param participle what has been done with messages when it is over
     */
    BringCommand(String operation, String participle) {
        this.operation = operation;
        this.participle = participle;
    }

    @Override
    public final Integer call() throws InterruptedException {
        return sweep.run(operation, participle, queue, to, spec.commandLine().getOut());
    }
}
