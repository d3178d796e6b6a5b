package dev.godwit.distribution;

import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientFailedException.Kind;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What the commands have in common that have the cluster do something with a node, and wait until that is done. Orders may be given twice: whoever
 * serves may have been lost before it answered, or before it was done.
 */
final class ClusterOrder {
    private static final long LOOK_MILLIS = 250;

    /** So often an order is given that is not answered, or was not done by whom it was given to. */
    private static final int TIMES_MAX = 4;

    /** For an order alone, where nobody waits until it is done. */
    private static final long ORDER_SECONDS_MIN = 10;

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

    private long endNanos;
    private String said = "";

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
        endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(timeoutSeconds, ORDER_SECONDS_MIN));
        order(endpoint, operation, out);
        if (timeoutSeconds == 0) {
            return ExitCode.OK.code();
        }
        endNanos = Math.min(endNanos, System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds));
        ClusterAnswer last = null;
        int times = 1;
        while (left() > 0) {
            var answer = status(endpoint);
            if (answer != null && isDone.test(answer)) {
                out.println("done, active " + answer.active());
                return ExitCode.OK.code();
            }
            last = answer == null ? last : answer;
            if (answer != null && answer.underway().isEmpty() && times < TIMES_MAX) {
                times++;
                var unused = tryOrder(endpoint, operation, out);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        throw new CommandFailure(
                ExitCode.INCOMPLETE,
                "not done after " + timeoutSeconds + " s: " + reason(last)
                        + "; godwit cluster status says how it stands");
    }

    /** Gives it, and again if whoever serves is lost before it answers, or cannot do it now. */
    private void order(BrokerEndpoint endpoint, String operation, PrintWriter out) throws InterruptedException {
        for (int times = 1; ; times++) {
            var passing = tryOrder(endpoint, operation, out);
            if (passing == null) {
                return;
            }
            if (times == TIMES_MAX || left() <= 0) {
                throw new CommandFailure(passing);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    /** Null when it is given; else why it was not, where that may pass. */
    private @Nullable ClientFailedException tryOrder(BrokerEndpoint endpoint, String operation, PrintWriter out)
            throws InterruptedException {
        try {
            var begun = ClusterQuestion.ask(endpoint, Map.of("operation", operation, "node", node), left());
            var text = String.valueOf(begun.get("answer"));
            if (!text.equals(said)) {
                said = text;
                out.println(text);
                out.flush();
            }
            return null;
        } catch (ClientFailedException failed) {
            if (failed.kind() == Kind.CONNECTION || failed.kind() == Kind.NOT_NOW) {
                return failed;
            }
            throw new CommandFailure(failed);
        }
    }

    private long left() {
        return TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    }

    /** Null while another node takes over. */
    private @Nullable ClusterAnswer status(BrokerEndpoint endpoint) throws InterruptedException {
        try {
            return ClusterQuestion.status(endpoint, left());
        } catch (ClientFailedException underWay) {
            return null;
        }
    }

    private static String reason(@Nullable ClusterAnswer last) {
        if (last == null) {
            return "no node was active";
        }
        if (!last.failure().isEmpty()) {
            return last.failure();
        }
        return last.underway().isEmpty() ? "active is " + last.active() : last.underway();
    }
}
