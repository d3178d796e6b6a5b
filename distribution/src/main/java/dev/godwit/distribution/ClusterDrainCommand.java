package dev.godwit.distribution;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit cluster drain}. */
@Command(
        name = "drain",
        description = {
            "Has a node hand over all that it leads, and lead nothing until --undo, over restarts, too: while something"
                    + " is done to its machine. It keeps its copies and votes, and clients that come to it are passed"
                    + " on.",
            "Refused, without any change, when nobody else can lead, or too many nodes rest already. Any node may be"
                    + " asked, for another one, too."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ClusterDrainCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClusterOrder order = new ClusterOrder();

    @Option(names = "--undo", description = "The node may lead again.")
    private boolean undo;

    @Override
    public Integer call() throws InterruptedException {
        return undo
                ? order.run(
                        "CLUSTER-UNDO-DRAIN",
                        answer -> !answer.isResting(order.node()),
                        spec.commandLine().getOut())
                : order.run(
                        "CLUSTER-DRAIN",
                        answer -> answer.isResting(order.node())
                                && !answer.active().equals(order.node()),
                        spec.commandLine().getOut());
    }
}
