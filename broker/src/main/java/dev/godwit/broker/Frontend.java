package dev.godwit.broker;

import dev.godwit.amqp.transport.AmqpServer;
import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.amqp.transport.EndpointLimits;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.amqp.BrokerContainer;
import dev.godwit.broker.amqp.ContainerIds;
import dev.godwit.broker.amqp.ContainerSettings;
import dev.godwit.broker.amqp.IntakeGate;
import dev.godwit.broker.amqp.SaslAuthenticator;
import dev.godwit.broker.security.AccessControl;
import dev.godwit.broker.security.LoginDesk;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.Users;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients come through: a listener on each event loop, all on one port, and the check of who they are. */
final class Frontend implements AutoCloseable {
    private static final int CREDIT_WINDOW = 1_000;
    private static final long CREDIT_WINDOW_BYTES = 8L << 20;
    private static final int CHANNEL_MAX = 255;
    private static final long GOODBYE_TIMEOUT_MILLIS = 1_000;
    private static final Logger log = LoggerFactory.getLogger(Frontend.class);

    private final List<AmqpServer> servers;
    private final List<BrokerContainer> containers;
    private final @Nullable LoginDesk desk;
    private final IntakeWatch watch;

    private Frontend(
            List<AmqpServer> servers, List<BrokerContainer> containers, @Nullable LoginDesk desk, IntakeWatch watch) {
        this.servers = servers;
        this.containers = containers;
        this.desk = desk;
        this.watch = watch;
    }

    static Frontend open(BrokerConfiguration configuration, StoredState stored) throws BrokerStartException {
        var desk = loginDesk(configuration);
        var gates = new ArrayList<IntakeGate>();
        var servers = new ArrayList<AmqpServer>();
        var containerIds = new ContainerIds();
        var accessControl = new AccessControl(configuration.security().rules());
        var options = listenerOptions(configuration.listen());
        var caps = new ConnectionCaps(options);
        var containers = new ArrayList<BrokerContainer>();
        try {
            for (var loop : stored.loops().all()) {
                var gate = new IntakeGate(loop);
                gates.add(gate);
                var container = new BrokerContainer(
                        loop,
                        settings(configuration),
                        stored.addresses(),
                        stored.management(),
                        containerIds,
                        gate,
                        accessControl);
                var server = AmqpServer.start(
                                stored.loops().vertx(),
                                loop.context(),
                                options,
                                caps,
                                new SaslAuthenticator(loop, desk, groups(configuration)),
                                container)
                        .await();
                containers.add(container);
                servers.add(server);
            }
        } catch (Exception failed) { // await() throws whatever the future failed with, checked or not
            servers.forEach(AmqpServer::close);
            if (desk != null) {
                desk.close();
            }
            throw listenFailure(configuration.listen(), failed);
        }
        var watch = new IntakeWatch(stored.loops().loop(0), stored::isIntakeExhausted, gates);
        return new Frontend(servers, containers, desk, watch);
    }

    private static Map<String, Set<String>> groups(BrokerConfiguration configuration) {
        return configuration.security().users().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, user -> user.getValue().groups()));
    }

    private static @Nullable LoginDesk loginDesk(BrokerConfiguration configuration) throws BrokerStartException {
        var users = configuration.security().users();
        if (users.isEmpty()) {
            return null;
        }
        var hashes = new HashMap<String, PasswordHash>();
        for (var user : users.entrySet()) {
            var hash = PasswordHash.parse(user.getValue().passwordHash());
            if (hash.isEmpty()) {
                throw new BrokerStartException(
                        Kind.CONFIGURATION,
                        "the password hash of user '" + user.getKey() + "' is none: make it with godwit hash-password");
            }
            hashes.put(user.getKey(), hash.get());
        }
        return new LoginDesk(new Users(hashes));
    }

    private static ListenerOptions listenerOptions(BrokerConfiguration.Listen listen) {
        return new ListenerOptions(
                listen.host(),
                listen.port(),
                EndpointLimits.DEFAULTS
                        .withMaxFrameSizeBytes(listen.maxFrameSizeBytes())
                        .withChannelMax(CHANNEL_MAX)
                        .withMaxMessageSizeBytes(listen.maxMessageSizeBytes()),
                listen.handshakeTimeoutMillis(),
                listen.idleTimeoutMillis() / 2,
                listen.connectionsMax(),
                listen.connectionsPerIpMax(),
                listen.connectionsBeforeLoginMax());
    }

    private static ContainerSettings settings(BrokerConfiguration configuration) {
        var listen = configuration.listen();
        var version = Broker.class.getPackage().getImplementationVersion();
        return new ContainerSettings(
                configuration.nodeName(),
                version == null ? "development" : version,
                listen.maxFrameSizeBytes(),
                CHANNEL_MAX,
                listen.idleTimeoutMillis(),
                listen.maxMessageSizeBytes(),
                CREDIT_WINDOW,
                CREDIT_WINDOW_BYTES,
                configuration.transactions());
    }

    private static BrokerStartException listenFailure(BrokerConfiguration.Listen listen, Exception failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.net.BindException) {
                return new BrokerStartException(
                        Kind.PORT_IN_USE,
                        "cannot listen on " + listen.host() + ":" + listen.port() + " (" + cause.getMessage()
                                + "): end the program that uses the port, or choose another with listen.port",
                        failed);
            }
        }
        return new BrokerStartException(
                Kind.FAILED, "cannot listen on " + listen.host() + ":" + listen.port() + ": " + failed, failed);
    }

    /** Tells every client that the broker ends, and gives them a moment to hear it. */
    private void sayGoodbye() {
        var goodbyes = containers.stream().map(BrokerContainer::closeAll).toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(goodbyes).get(GOODBYE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException slowClients) {
            log.info("some clients did not close their connections; they are dropped");
        } catch (ExecutionException failed) {
            log.warn("closing connections failed", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return servers.get(0).actualPort();
    }

    @Override
    public void close() {
        watch.close();
        sayGoodbye();
        servers.forEach(server -> server.close().await());
        if (desk != null) {
            desk.close();
        }
    }
}
