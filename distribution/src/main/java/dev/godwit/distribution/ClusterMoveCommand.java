package dev.godwit.distribution;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code godwit cluster move}. */
@Command(
        name = "move",
        description = {
            "Makes a node the active one, which serves all clients. Clients are sent away from the one that is, and"
                    + " connect anew.",
            "Refused, without any change, when the node rests, is not connected, or is behind. Any node may be asked."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ClusterMoveCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClusterOrder order = new ClusterOrder();

    @Override
    public Integer call() throws InterruptedException {
        return order.run(
                "CLUSTER-MOVE",
                answer -> answer.active().equals(order.node()),
                spec.commandLine().getOut());
    }
}
