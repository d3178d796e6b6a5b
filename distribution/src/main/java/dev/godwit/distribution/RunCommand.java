package dev.godwit.distribution;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.distribution.configuration.Configuration;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationKeys;
import dev.godwit.distribution.configuration.ConfigurationReader;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code godwit run}: a broker until a signal comes. Prints a line on standard output when clients may come, and before it one when
 * a node takes part in its cluster.
 */
@Command(
        name = "run",
        description = {
            "Runs a broker until SIGTERM or SIGINT (Ctrl-C).",
            "Prints one line on standard output when clients may come: ready amqp://HOST:PORT",
            "A node of a cluster prints before: node NAME, when it takes part; clients may come when it is the active one."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RunCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration to read. Default: conf/godwit.yaml of the installation")
    private @Nullable Path configurationFile;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The same as --set data.directory=DIR; logs go to DIR/logs then, unless GODWIT_LOGS is set.")
    private @Nullable Path dataDirectory;

    @Option(names = "--host", paramLabel = "NAME", description = "The same as --set listen.host=NAME.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "N", description = "The same as --set listen.port=N; 0 for any free one.")
    private @Nullable String port;

    @Option(
            names = "--cluster-listen",
            paramLabel = "HOST:PORT",
            description = "The same as --set cluster.listen=HOST:PORT: makes this broker a node of a cluster.")
    private @Nullable String clusterListen;

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            description = "A node of the cluster to join, as its --cluster-listen says; may be given several times."
                    + " The same as --set cluster.join=HOST:PORT,...")
    private List<String> join = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrules a key of the configuration; may be given several times."
                    + " `godwit configuration` prints all keys.")
    private List<String> assignments = new ArrayList<>();

    @Option(
            names = "--accept-loss",
            description = "Starts although the journal is damaged, without what cannot be read; each loss is logged."
                    + " `godwit journal verify` says before what that would be.")
    private boolean acceptLoss;

    @Override
    public Integer call() throws ConfigurationException, InterruptedException {
        var home = Path.of(System.getProperty("godwit.home", "")).toAbsolutePath();
        Configuration configuration = configuration(home);
        if (dataDirectory != null && System.getenv("GODWIT_LOGS") == null) {
            System.setProperty(
                    "godwit.logs",
                    dataDirectory.toAbsolutePath().resolve("logs").toString());
        }
        Broker broker = start(configuration, home);
        BrokerShutdown.onSignal(broker);
        PrintWriter out = spec.commandLine().getOut();
        if (!broker.isServing()) {
            print(out, "node " + configuration.get(ConfigurationKeys.NODE_NAME));
        }
        var unused = broker.served().thenRun(() -> print(out, "ready " + broker.uri()));
        new CountDownLatch(1).await(); // a signal ends the process
        return ExitCode.OK.code();
    }

    private static void print(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }

    private Configuration configuration(Path home) throws ConfigurationException {
        var reader = new ConfigurationReader();
        Path shipped = home.resolve("conf").resolve("godwit.yaml");
        if (configurationFile != null) {
            reader.readFile(configurationFile, home);
        } else if (Files.exists(shipped)) {
            reader.readFile(shipped, home);
        }
        Path here = Path.of("").toAbsolutePath();
        for (String assignment : assignments) {
            reader.set(assignment, here);
        }
        if (dataDirectory != null) {
            reader.set(ConfigurationKeys.DATA_DIRECTORY.name(), dataDirectory.toString(), here);
        }
        if (host != null) {
            reader.set(ConfigurationKeys.LISTEN_HOST.name(), host, here);
        }
        if (port != null) {
            reader.set(ConfigurationKeys.LISTEN_PORT.name(), port, here);
        }
        if (clusterListen != null) {
            reader.set(ConfigurationKeys.CLUSTER_LISTEN.name(), clusterListen, here);
        }
        if (!join.isEmpty()) {
            reader.set(ConfigurationKeys.CLUSTER_JOIN.name(), String.join(",", join), here);
        }
        return reader.configuration();
    }

    private Broker start(Configuration configuration, Path home) throws ConfigurationException {
        try {
            var settings = BrokerSettings.of(configuration, home);
            return Broker.start(settings.withJournal(settings.journal().withAcceptLoss(acceptLoss)));
        } catch (BrokerStartException failed) {
            throw new CommandFailure(exitCode(failed.kind()), String.valueOf(failed.getMessage()));
        }
    }

    private static ExitCode exitCode(BrokerStartException.Kind kind) {
        return switch (kind) {
            case CONFIGURATION -> ExitCode.USAGE;
            case PORT_IN_USE -> ExitCode.PORT_IN_USE;
            case DATA_LOCKED -> ExitCode.DATA_LOCKED;
            case JOURNAL_CORRUPT -> ExitCode.JOURNAL_CORRUPT;
            case DATA_UNUSABLE -> ExitCode.DATA_UNUSABLE;
            case FAILED -> ExitCode.FAILED;
        };
    }
}
