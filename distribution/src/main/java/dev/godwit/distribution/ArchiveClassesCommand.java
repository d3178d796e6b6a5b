package dev.godwit.distribution;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.MessageReceiver;
import dev.godwit.distribution.client.MessageSender;
import dev.godwit.distribution.configuration.Configuration;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationKeys;
import dev.godwit.distribution.configuration.ConfigurationReader;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code godwit archive-classes}: does in a directory of its own what a broker does at a start, once alone and once in a cluster. What the virtual
 * machine has loaded for that, the launcher has it write into an archive, and later starts of brokers read it from there.
 */
@Command(
        name = "archive-classes",
        description = {
            "Makes later starts of brokers quicker: has Java write the classes that a start needs into an archive.",
            "The archive lies in lib/ of the installation, which has to be writable, and serves the Java that wrote it."
        },
        mixinStandardHelpOptions = true)
final class ArchiveClassesCommand implements Callable<Integer> {
    private static final long READY_SECONDS = 60;
    private static final Duration MESSAGE_TIMEOUT = Duration.ofSeconds(30);
    private static final int MESSAGES = 100;
    private static final int PORT_TRIES_MAX = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, ConfigurationException, InterruptedException {
        var home = Path.of(System.getProperty("godwit.home", "")).toAbsolutePath();
        Path directory = Files.createTempDirectory("godwit-classes");
        try {
            runTwice(alone(directory.resolve("alone")), home);
            runTwice(inCluster(directory.resolve("node")), home);
        } finally {
            delete(directory);
        }
        spec.commandLine().getOut().println("brokers were started, and stopped");
        return ExitCode.OK.code();
    }

    private static Configuration alone(Path data) throws ConfigurationException {
        return reader(data).configuration();
    }

    private static Configuration inCluster(Path data) throws ConfigurationException, IOException {
        ConfigurationReader reader = reader(data);
        Path here = Path.of("").toAbsolutePath();
        reader.set(ConfigurationKeys.CLUSTER_LISTEN.name(), "127.0.0.1:" + freePorts(), here);
        reader.set(ConfigurationKeys.CLUSTER_INSECURE.name(), "true", here);
        reader.set(ConfigurationKeys.NODE_NAME.name(), "n1", here);
        return reader.configuration();
    }

    private static ConfigurationReader reader(Path data) throws ConfigurationException {
        var reader = new ConfigurationReader();
        Path here = Path.of("").toAbsolutePath();
        reader.set(ConfigurationKeys.DATA_DIRECTORY.name(), data.toString(), here);
        reader.set(ConfigurationKeys.LISTEN_PORT.name(), "0", here);
        return reader;
    }

    /** The first one of two neighbours: links between nodes are made at it, and nodes find each other at the next. */
    private static int freePorts() throws IOException {
        for (int tries = 0; ; tries++) {
            try (var first = reserve(0);
                    var second = reserve(first.getLocalPort() + 1)) {
                return second.getLocalPort() - 1;
            } catch (BindException taken) {
                if (tries == PORT_TRIES_MAX) {
                    throw taken;
                }
            }
        }
    }

    private static ServerSocket reserve(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }

    /** The second one reads what the first one has written. */
    private static void runTwice(Configuration configuration, Path home)
            throws ConfigurationException, InterruptedException {
        for (int life = 0; life < 2; life++) {
            try (Broker broker = Broker.start(BrokerSettings.of(configuration, home))) {
                broker.served().get(READY_SECONDS, TimeUnit.SECONDS);
                exchange(new BrokerEndpoint("127.0.0.1", broker.port(), null, null));
            } catch (BrokerStartException failed) {
                throw new CommandFailure(ExitCode.FAILED, String.valueOf(failed.getMessage()));
            } catch (ClientFailedException failed) {
                throw new CommandFailure(failed);
            } catch (ExecutionException | TimeoutException failed) {
                throw new CommandFailure(ExitCode.FAILED, "the broker did not come up: " + failed);
            }
        }
    }

    private static void exchange(BrokerEndpoint broker) throws ClientFailedException, InterruptedException {
        var message = AmqpMessage.builder(MessageBody.Data.of(new byte[512]))
                .header(Header.DURABLE)
                .build();
        ClientRun.<Long>on(broker, (session, sent) -> MessageSender.start(session, "classes", message, MESSAGES, sent));
        // Some stay, for the next start to read.
        ClientRun.<Long>on(
                broker,
                (session, received) -> MessageReceiver.start(
                        session, "classes", MESSAGES / 2, MESSAGE_TIMEOUT, unused -> {}, received));
    }

    private static void delete(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.delete(each);
            }
        }
    }
}
