package dev.godwit.distribution;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code godwit cluster}: what the nodes of a cluster need, how it stands with them, and what is to be done with one. */
@Command(
        name = "cluster",
        description =
                "Makes what the nodes of a cluster need to know each other, says how it stands with them, and changes"
                        + " that.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ClusterCertCommand.class,
            ClusterStatusCommand.class,
            ClusterDrainCommand.class,
            ClusterMoveCommand.class,
            ClusterForceLeadCommand.class
        })
final class ClusterCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
