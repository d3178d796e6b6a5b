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

/** {@code godwit run}: a broker until a signal comes. Prints one line on standard output, when clients may come. */
@Command(
        name = "run",
        description = {
            "Runs a broker until SIGTERM or SIGINT (Ctrl-C).",
            "Prints one line on standard output when clients may come: ready amqp://HOST:PORT"
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
        out.println("ready " + broker.uri());
        out.flush();
        new CountDownLatch(1).await(); // a signal ends the process
        return ExitCode.OK.code();
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
        return reader.configuration();
    }

    private Broker start(Configuration configuration, Path home) {
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
