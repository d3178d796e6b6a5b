package dev.godwit.distribution;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command that sends: whether messages survive the broker. */
final class Durability {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec command;

    @Option(names = "--durable", description = "Durable messages. This is the default.")
    private boolean durable;

    @Option(names = "--non-durable", description = "Messages that the broker may keep in memory only.")
    private boolean nonDurable;

    boolean isDurable() {
        if (durable && nonDurable) {
            throw new ParameterException(command.commandLine(), "--durable and --non-durable exclude each other");
        }
        return !nonDurable;
    }
}
