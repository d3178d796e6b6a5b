package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.perf.LoadPlan;
import dev.godwit.distribution.perf.LoadReport;
import dev.godwit.distribution.perf.LoadResult;
import dev.godwit.distribution.perf.LoadRun;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code godwit perf}: load on a broker, with figures and a verdict. */
@Command(
        name = "perf",
        description = {
            "Produces and consumes against any AMQP 1.0 broker; prints rates and latencies, and whether every message came,"
                    + " once and in order.",
            "At a fixed rate, latency counts from when a message was due, whether it could be sent then or not."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PerfCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final BrokerAddress broker = new BrokerAddress();

    @Option(names = "--address", paramLabel = "NAME", description = "Queue or topic. Default: ${DEFAULT-VALUE}")
    private String address = "perf";

    @Option(names = "--queues", paramLabel = "N", description = "Spread over NAME-0 … NAME-(N-1). Default: 1")
    private int queues = 1;

    @Option(
            names = "--topic",
            description = "The address is a topic: each consumer is a subscriber that gets every message (fan-out).")
    private boolean topic;

    @Option(names = "--producers", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}; 0 only consumes.")
    private int producers = 1;

    @Option(names = "--consumers", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}; 0 only produces.")
    private int consumers = 1;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Connections for the producers, and as many for the consumers. Default: ${DEFAULT-VALUE}")
    private int connections = 1;

    @Option(names = "--size", paramLabel = "BYTES", description = "Of each body. Default: ${DEFAULT-VALUE}")
    private int sizeBytes = 1024;

    @Mixin
    private final Durability durability = new Durability();

    @Option(
            names = "--delivery-delay",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description =
                    "Schedules all messages for one time, so long after the begin; consumers wait at least as long as"
                            + " --drain-timeout for them.")
    private double deliveryDelaySeconds;

    @Option(names = "--presettled", description = "Neither side waits for an answer (at most once).")
    private boolean presettled;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            description = "Messages that a producer has sent and not yet heard of; 1 is a blocking send."
                    + " Default: ${DEFAULT-VALUE}")
    private int inFlight = 1000;

    @Option(
            names = "--ahead",
            paramLabel = "N",
            description = "Messages that producers may be ahead of the slowest consumer. Default: no limit")
    private int ahead;

    @Option(
            names = "--rate",
            paramLabel = "PER-SECOND",
            description = "Of all producers together. Default: as fast as they can")
    private double rate;

    @Option(names = "--transaction-size", paramLabel = "N", description = "Send in transactions of N messages.")
    private int transactionSize;

    @Option(names = "--credit", paramLabel = "N", description = "Of each consumer. Default: ${DEFAULT-VALUE}")
    private int credit = 1000;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "Measured time. Default: 10, unless --count")
    private double durationSeconds;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            description = "Before measuring. Default: 0 with --count, else 3")
    private double warmupSeconds = -1;

    @Option(names = "--count", paramLabel = "N", description = "Messages in all, instead of a time.")
    private long count;

    @Option(names = "--backlog", description = "Write all of --count, then consume them; figures for each.")
    private boolean backlog;

    @Option(
            names = "--in-turn",
            description = "With --backlog: one queue with its producer and consumer after the other, --count in all;"
                    + " figures for the second half of them.")
    private boolean inTurn;

    @Option(
            names = "--drain-timeout",
            paramLabel = "SECONDS",
            description = "No message for this long: the rest is lost. Default: ${DEFAULT-VALUE}")
    private double drainTimeoutSeconds = 10;

    @Option(
            names = "--event-loops",
            paramLabel = "N",
            description = "Threads of this generator. Default: half the cores")
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    @Option(
            names = "--server-pid",
            paramLabel = "PID",
            description = "The broker's process on this machine: prints its CPU time per message and its memory.")
    private long serverPid;

    @Option(names = "--json", description = "Print one line of JSON instead of text.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        LoadPlan plan = plan();
        PrintWriter err = spec.commandLine().getErr();
        var progress = new ProgressLine(err);
        LoadResult result;
        try {
            result = LoadRun.run(plan, progress);
        } catch (ClientFailedException failed) {
            progress.end();
            throw new CommandFailure(failed);
        }
        progress.end();
        spec.commandLine()
                .getOut()
                .println(
                        json ? LoadReport.json(result) : LoadReport.text(result).stripTrailing());
        return (result.isClean() ? ExitCode.OK : ExitCode.INCOMPLETE).code();
    }

    private LoadPlan plan() {
        double duration = durationSeconds > 0 ? durationSeconds : count > 0 ? 0 : 10;
        double warmup = warmupSeconds >= 0 ? warmupSeconds : count > 0 ? 0 : 3;
        try {
            return new LoadPlan(
                    broker.endpoint(),
                    address,
                    queues,
                    producers,
                    consumers,
                    connections,
                    eventLoops,
                    sizeBytes,
                    durability.isDurable(),
                    presettled,
                    seconds(deliveryDelaySeconds),
                    inFlight,
                    ahead,
                    rate,
                    transactionSize,
                    credit,
                    topic,
                    backlog,
                    inTurn,
                    count,
                    seconds(duration),
                    seconds(warmup),
                    seconds(drainTimeoutSeconds),
                    serverPid);
        } catch (IllegalArgumentException impossible) {
            throw new ParameterException(spec.commandLine(), impossible.getMessage(), impossible);
        }
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }
}
