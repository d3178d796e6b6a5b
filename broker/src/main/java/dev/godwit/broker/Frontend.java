package dev.godwit.broker;

import dev.godwit.amqp.transport.AmqpServer;
import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.amqp.transport.TlsEndpoint;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.transport.TlsFilesException;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.amqp.BrokerContainer;
import dev.godwit.broker.amqp.ClientPlace;
import dev.godwit.broker.amqp.ContainerIds;
import dev.godwit.broker.amqp.ContainerSettings;
import dev.godwit.broker.amqp.HostNames;
import dev.godwit.broker.amqp.IntakeGate;
import dev.godwit.broker.amqp.ResumableLinks;
import dev.godwit.broker.amqp.SaslAuthenticator;
import dev.godwit.broker.amqp.Successions;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.intake.SenderLimits;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.security.AccessControl;
import dev.godwit.broker.security.LoginPolicy;
import dev.godwit.broker.security.Logins;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients come through: the addresses that are listened on, and the check of who they are. */
final class Frontend implements AutoCloseable {
    private static final int CREDIT_WINDOW = 1_000;
    private static final long CREDIT_WINDOW_BYTES = 8L << 20;
    static final int CHANNEL_MAX = 255;
    private static final long GOODBYE_TIMEOUT_MILLIS = 1_000;
    private static final Logger log = LoggerFactory.getLogger(Frontend.class);

    private final List<ListenPoint> points;
    private final List<BrokerContainer> containers;
    private final ResumableLinks resumableLinks;
    private final Logins logins;
    private final IntakeWatch watch;
    private final @Nullable TlsWatch tlsWatch;

    private Frontend(
            List<ListenPoint> points,
            List<BrokerContainer> containers,
            ResumableLinks resumableLinks,
            Logins logins,
            IntakeWatch watch,
            @Nullable TlsWatch tlsWatch) {
        this.points = List.copyOf(points);
        this.containers = containers;
        this.resumableLinks = resumableLinks;
        this.logins = logins;
        this.watch = watch;
        this.tlsWatch = tlsWatch;
    }

    /** Links that are attached, or were, and may be resumed. */
    int resumableLinks() {
        return resumableLinks.size();
    }

    /** What a listener listens with: at its own address, or at one that stands for it. */
    private interface Placing {
        ListenerOptions place(ListenerOptions options);
    }

    /** Lets clients in at the listeners. */
    static Frontend open(BrokerConfiguration configuration, ServingState serving) throws BrokerStartException {
        var listen = configuration.listen();
        var caps = new ConnectionCaps(ListenPoint.options(listen, listen.first(), null));
        var frontend = open(configuration, serving, List::of, caps, options -> options, false);
        frontend.points.stream().skip(1).forEach(point -> log.info("clients may also come to {}", point.uri()));
        return frontend;
    }

    /**
     * Lets clients in whom other nodes pass on, each at the port that stands for its listener; those who come to this node's own
     * listeners are for {@link #hosts}.
     *
     * @param nodes where clients find the nodes of the cluster; asked for each connection, on any loop
     * @param caps of this node's listeners
     * @param cluster where it listens for other nodes
     * @param members whether somebody is another node; asked on any loop
     */
    static Frontend openForNodes(
            BrokerConfiguration configuration,
            ServingState serving,
            Supplier<List<ClientPlace>> nodes,
            ConnectionCaps caps,
            NodeAddress cluster,
            Predicate<InetAddress> members)
            throws BrokerStartException {
        return open(
                configuration,
                serving,
                nodes,
                caps,
                options -> options.withAddress(cluster.host(), 0).withProxies(members),
                !ListenPoint.isLoopback(cluster.host(), "cluster.listen"));
    }

    private static Frontend open(
            BrokerConfiguration configuration,
            ServingState serving,
            Supplier<List<ClientPlace>> nodes,
            ConnectionCaps caps,
            Placing placing,
            boolean fromOtherMachines)
            throws BrokerStartException {
        var listen = configuration.listen();
        var tls = tls(listen);
        var logins = LoginSources.open(configuration.security());
        var gates = new ArrayList<IntakeGate>();
        var resumableLinks = new ResumableLinks();
        var containers = containers(configuration, serving, nodes, gates, resumableLinks);
        var points = new ArrayList<ListenPoint>();
        try {
            for (var listener : listen.listeners()) {
                var options = placing.place(options(listen, listener, tls));
                var policy = ListenPoint.policy(listener, configuration.security(), fromOtherMachines);
                var portCaps = caps.forAnotherPort(options);
                var servers = new ArrayList<AmqpServer>();
                points.add(new ListenPoint(
                        listener, start(listener, servers, serving, containers, options, portCaps, policy, logins)));
            }
        } catch (BrokerStartException | RuntimeException failed) {
            points.forEach(ListenPoint::close);
            logins.close();
            throw failed;
        }
        var watch = new IntakeWatch(serving.loops().loop(0), serving::intakeShortage, gates);
        var keys = listen.tls();
        var tlsWatch = tls == null || keys == null ? null : new TlsWatch(tls, keys.reloadMillis());
        return new Frontend(points, containers, resumableLinks, logins, watch, tlsWatch);
    }

    /**
     * That it could be opened, as far as that can be said without a try: a node that stands by is not to find out when it is needed.
     *
     * @throws BrokerStartException what is configured makes no sense, or names files that cannot be read
     */
    static void check(BrokerConfiguration configuration) throws BrokerStartException {
        var listen = configuration.listen();
        var tls = tls(listen);
        for (var listener : listen.listeners()) {
            options(listen, listener, tls);
        }
        LoginSources.open(configuration.security()).close();
    }

    /** Who takes clients in on a loop, in the order of the listeners. */
    List<AmqpServer> hosts(int loop) {
        return points.stream().map(point -> point.servers().get(loop)).toList();
    }

    /** One for each loop, for all listeners. */
    private static List<BrokerContainer> containers(
            BrokerConfiguration configuration,
            ServingState serving,
            Supplier<List<ClientPlace>> nodes,
            List<IntakeGate> gates,
            ResumableLinks resumableLinks) {
        var containerIds = new ContainerIds();
        var successions = new Successions();
        var accessControl = new AccessControl(configuration.security().rules());
        var rates = new Rates(serving.policies(), Clock.SYSTEM);
        var senderLimits = new SenderLimits(configuration.limits().senders(), Clock.SYSTEM);
        var containers = new ArrayList<BrokerContainer>();
        for (var loop : serving.loops().all()) {
            var gate = new IntakeGate(loop);
            gates.add(gate);
            var container = new BrokerContainer(
                    loop,
                    settings(configuration, serving.journalId(), nodes),
                    serving.addresses(),
                    serving.management(),
                    containerIds,
                    successions,
                    gate,
                    accessControl,
                    rates,
                    senderLimits,
                    resumableLinks,
                    serving.prepared(),
                    serving.outcomes());
            containers.add(container);
            serving.producers().add(container);
        }
        return containers;
    }

    private static List<AmqpServer> start(
            Listener listener,
            List<AmqpServer> servers,
            ServingState serving,
            List<BrokerContainer> containers,
            ListenerOptions options,
            ConnectionCaps caps,
            LoginPolicy policy,
            Logins logins)
            throws BrokerStartException {
        try {
            var loops = serving.loops();
            for (int number = 0; number < loops.count(); number++) {
                servers.add(AmqpServer.start(
                                loops.vertx(),
                                loops.context(number),
                                options,
                                caps,
                                new SaslAuthenticator(loops.loop(number), policy, logins),
                                containers.get(number))
                        .await());
            }
            return servers;
        } catch (Exception failed) { // await() throws whatever the future failed with, checked or not
            servers.forEach(AmqpServer::close);
            throw ListenPoint.failure(listener, failed);
        }
    }

    private static ListenerOptions options(Listen listen, Listener listener, @Nullable TlsEndpoint tls)
            throws BrokerStartException {
        boolean takesTls = listener.scheme().isEncrypted() || isTlsOnRequest(listener, tls);
        return ListenPoint.options(listen, listener, takesTls ? tls(listener, tls) : null);
    }

    /** Where there are keys, clients may ask for TLS also at an address that begins without. */
    private static boolean isTlsOnRequest(Listener listener, @Nullable TlsEndpoint tls) {
        return tls != null && listener.scheme() == Scheme.AMQP;
    }

    private static ListenerOptions.Tls tls(Listener listener, @Nullable TlsEndpoint tls) throws BrokerStartException {
        if (tls == null) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION, listener.name() + " needs a certificate: set tls.certificates");
        }
        if (listener.clientCertificates() != ClientCertificates.NONE && !tls.canCheckClients()) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION,
                    listener.name()
                            + " asks clients for certificates, and nothing says who may sign them: set tls.trust");
        }
        return new ListenerOptions.Tls(
                tls, listener.clientCertificates(), !listener.scheme().isEncrypted());
    }

    private static @Nullable TlsEndpoint tls(Listen listen) throws BrokerStartException {
        var configured = listen.tls();
        try {
            return configured == null ? null : new TlsEndpoint(configured.files());
        } catch (TlsFilesException unusable) {
            throw new BrokerStartException(Kind.CONFIGURATION, "tls: " + unusable.getMessage(), unusable);
        }
    }

    private static ContainerSettings settings(
            BrokerConfiguration configuration, UUID journal, Supplier<List<ClientPlace>> nodes) {
        var listen = configuration.listen();
        var version = Broker.class.getPackage().getImplementationVersion();
        return new ContainerSettings(
                configuration.node().name(),
                version == null ? "development" : version,
                new HostNames(listen.hostnames()),
                listen.limits().maxFrameSizeBytes(),
                CHANNEL_MAX,
                listen.limits().idleTimeoutMillis(),
                listen.limits().maxMessageSizeBytes(),
                CREDIT_WINDOW,
                CREDIT_WINDOW_BYTES,
                listen.unknownAnnotations(),
                journal,
                nodes,
                configuration.transactions());
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

    /** The ports where it listens, in the order of the listeners. */
    List<Integer> ports() {
        return points.stream().map(ListenPoint::port).toList();
    }

    /** Where clients connect to, the first listener first. */
    List<String> uris() {
        return points.stream().map(ListenPoint::uri).toList();
    }

    @Override
    public void close() {
        watch.close();
        if (tlsWatch != null) {
            tlsWatch.close();
        }
        try {
            sayGoodbye();
        } finally {
            points.forEach(ListenPoint::close);
            logins.close();
        }
    }
}
