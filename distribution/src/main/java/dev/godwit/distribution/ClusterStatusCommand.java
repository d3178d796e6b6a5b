package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code godwit cluster status}. */
@Command(
        name = "status",
        description = {
            "Asks the active node how it stands with the cluster.",
            "Prints whether that is about to hand over, or could not; a line for each node: its name, its zone, whether it is here, whether it rests (godwit cluster drain), and where clients"
                    + " find it; then one for each shard: its leader, epoch, commit index, and its copies with how many"
                    + " entries they are behind."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ClusterStatusCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private BrokerAddress broker = new BrokerAddress();

    @Override
    public Integer call() throws InterruptedException {
        try {
            print(ClusterQuestion.status(broker.endpoint()), spec.commandLine().getOut());
            return ExitCode.OK.code();
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
    }

    private static void print(ClusterAnswer answer, PrintWriter out) {
        out.println("cluster " + answer.cluster() + ", active " + answer.active());
        if (!answer.underway().isEmpty()) {
            out.println("under way: " + answer.underway());
        }
        if (!answer.failure().isEmpty()) {
            out.println("failed: " + answer.failure());
        }
        for (Map<?, ?> node : answer.nodes()) {
            var zone = String.valueOf(node.get("zone"));
            out.println("node " + node.get("node") + (zone.isEmpty() ? "" : " in " + zone)
                    + (Boolean.TRUE.equals(node.get("here")) ? " here " : " gone ")
                    + (Boolean.TRUE.equals(node.get("resting")) ? "resting " : "")
                    + (Boolean.TRUE.equals(node.get("witness")) ? "witness " : "")
                    + texts(node.get("clients")));
        }
        for (Map<?, ?> shard : answer.shards()) {
            out.println(
                    "shard " + shard.get("shard") + " leader " + shard.get("leader") + " epoch " + shard.get("epoch")
                            + " commit " + shard.get("commit") + " copies "
                            + ClusterAnswer.copies(shard).stream()
                                    .map(ClusterStatusCommand::copy)
                                    .collect(Collectors.joining(" ")));
        }
    }

    private static String copy(Map<?, ?> copy) {
        boolean unknown = Long.valueOf(-1).equals(copy.get("lag"));
        return copy.get("node") + (Boolean.TRUE.equals(copy.get("votes")) ? "" : "(learns)") + "-"
                + (unknown ? "?" : copy.get("lag"));
    }

    private static String texts(@Nullable Object list) {
        return list instanceof List<?> entries
                ? entries.stream().map(String::valueOf).collect(Collectors.joining(" "))
                : "";
    }
}
