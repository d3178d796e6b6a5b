package dev.godwit.distribution;

import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands have in common that have the cluster do something with a node, and wait until that is done. */
final class ClusterOrder {
    private static final long LOOK_MILLIS = 250;

    @Mixin
    private BrokerAddress broker = new BrokerAddress();

    @Parameters(index = "0", paramLabel = "NODE", description = "The node's name (node.name).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String node;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long to wait until it is done; 0 for not at all. Default: ${DEFAULT-VALUE}")
    private long timeoutSeconds;

    String node() {
        return node;
    }

    /**
     * Orders it, and waits.
     *
     * @param isDone of what the cluster says of itself
     */
    int run(String operation, Predicate<ClusterAnswer> isDone, PrintWriter out) throws InterruptedException {
        BrokerEndpoint endpoint = broker.endpoint();
        try {
            Map<?, ?> begun = ClusterQuestion.ask(endpoint, Map.of("operation", operation, "node", node));
            out.println(begun.get("answer"));
            out.flush();
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
        if (timeoutSeconds == 0) {
            return ExitCode.OK.code();
        }
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        ClusterAnswer answer = status(endpoint);
        while (answer == null || !isDone.test(answer)) {
            if (System.nanoTime() - endNanos >= 0) {
                throw new CommandFailure(
                        ExitCode.INCOMPLETE,
                        "not done after " + timeoutSeconds + " s; godwit cluster status says how it stands");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            answer = status(endpoint);
        }
        out.println("done, active " + answer.active());
        return ExitCode.OK.code();
    }

    /** Null while another node takes over. */
    private static @Nullable ClusterAnswer status(BrokerEndpoint endpoint) throws InterruptedException {
        try {
            return ClusterQuestion.status(endpoint);
        } catch (ClientFailedException underWay) {
            return null;
        }
    }
}
