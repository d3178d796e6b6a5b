package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.amqp.ClientPlace;
import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.broker.cluster.ClientUri;
import dev.godwit.broker.cluster.link.LinkSettings;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.node.ClusterNode;
import dev.godwit.broker.cluster.node.NodeSettings;
import dev.godwit.broker.cluster.node.Service;
import dev.godwit.broker.cluster.node.Term;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.cluster.relay.RelaySettings;
import dev.godwit.broker.health.NodeHealth;
import dev.godwit.broker.health.ServingStage;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.replica.PromisesLostException;
import dev.godwit.storage.replica.ReplicatedJournal;
import dev.godwit.storage.replication.ReplicationSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker as a node of a cluster. It keeps copies as long as it runs; while it leads all shards it builds up what clients are
 * served from, and lets them in. {@link ClusterNode} says when; what is told between the two comes on a thread of its own.
 */
final class ClusteredBroker implements BrokerLife, Service {
    private static final Logger log = LoggerFactory.getLogger(ClusteredBroker.class);
    private static final int SHARDS = QueueShards.COUNT + 1;

    private final BrokerConfiguration configuration;
    private final VertxLoops loops;
    private final ReplicatedJournal journal;
    private final ClusterConfiguration cluster;
    private final ClientDoors doors;
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private final CompletableFuture<ClusterNode> node = new CompletableFuture<>();

    /** What was built up for the term, also in part. Owned by the thread that begins and ends. */
    private @Nullable ServingLoops servingLoops;

    private @Nullable ServingState state;

    /** Who else serves. Written by the control loop, read by anybody. */
    private volatile @Nullable ActiveNode elsewhere;

    /** Complete only while clients may come. Written by that thread, read by anybody. */
    private volatile @Nullable Serving serving;

    private ClusteredBroker(
            BrokerConfiguration configuration,
            VertxLoops loops,
            ClusterConfiguration cluster,
            ReplicatedJournal journal,
            ClientDoors doors) {
        this.configuration = configuration;
        this.loops = loops;
        this.cluster = cluster;
        this.journal = journal;
        this.doors = doors;
    }

    /** Takes part in the cluster when it returns; serves when it leads. */
    static ClusteredBroker start(
            BrokerConfiguration wanted,
            ClusterConfiguration cluster,
            Consumer<String> onJournalFailure,
            NodeHealth health)
            throws BrokerStartException {
        Frontend.check(wanted);
        var loops = new VertxLoops(wanted.node().eventLoops());
        ClientDoors doors = null;
        ReplicatedJournal journal = null;
        try {
            // Other nodes tell clients of these listeners, and some may come before this node has found the others.
            doors = ClientDoors.open(
                    wanted.listen(),
                    loops,
                    RelaySettings.of(cluster.relayWaitMillis(), cluster.link().host()));
            var configuration = wanted.withListen(doors.listen());
            journal = openJournal(configuration, cluster, onJournalFailure);
            var broker = new ClusteredBroker(configuration, loops, cluster, journal, doors);
            health.watch(loops.all(), journal::statistics);
            health.follow(broker::stage);
            broker.join();
            return broker;
        } catch (BrokerStartException | RuntimeException | Error failed) {
            if (doors != null) {
                doors.close();
            }
            if (journal != null) {
                journal.close();
            }
            loops.close();
            throw failed;
        }
    }

    private static ReplicatedJournal openJournal(
            BrokerConfiguration configuration, ClusterConfiguration cluster, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        try {
            return ReplicatedJournal.open(
                    NodeStorage.journalConfiguration(configuration).withLogTail(cluster.logTailBytes()),
                    configuration.node().name(),
                    SHARDS,
                    ReplicationSettings.DEFAULT,
                    cluster.copies(),
                    failure -> onJournalFailure.accept(String.valueOf(failure)));
        } catch (JournalOpenException failed) {
            throw new BrokerStartException(NodeStorage.kindOf(failed), failed.getMessage(), failed);
        } catch (PromisesLostException lost) {
            throw new BrokerStartException(
                    Kind.JOURNAL_CORRUPT,
                    lost.getMessage()
                            + ". Empty the data directory, and start this node with --join: it is given all again",
                    lost);
        }
    }

    private void join() throws BrokerStartException {
        try {
            var own = new ClusterNode(settings(), loops, journal, SHARDS, this);
            node.complete(own);
            start(own);
            log.info(
                    "node {} takes part in the cluster {}; clients find it at {}",
                    configuration.node().name(),
                    cluster.discovery().cluster(),
                    uris().get(0));
        } catch (IOException unusable) {
            throw new BrokerStartException(Kind.DATA_UNUSABLE, unusable.getMessage(), unusable);
        } catch (CompletionException | IllegalStateException failed) {
            var cause = failed.getCause() == null ? failed : failed.getCause();
            throw new BrokerStartException(Kind.FAILED, "this node cannot take part in its cluster: " + cause, failed);
        }
    }

    private static void start(ClusterNode own) throws IOException {
        try {
            own.start();
        } catch (IOException | RuntimeException | Error failed) {
            own.close();
            throw failed;
        }
    }

    private NodeSettings settings() throws BrokerStartException {
        var tls = cluster.tls();
        return new NodeSettings(
                configuration.node().name(),
                configuration.node().dataDirectory(),
                cluster.link(),
                tls == null ? LinkSettings.withoutTls() : LinkSettings.of(tls),
                cluster.discovery(),
                cluster.isFounder(configuration.node().name()),
                cluster.zone(),
                cluster.copies(),
                cluster.evenAllowed(),
                cluster.replaceAfterMillis(),
                cluster.witness(),
                cluster.clientUris().isEmpty() ? urisForOthers() : cluster.clientUris());
    }

    /** A listener at all addresses of the machine is found at that of the node. */
    private List<String> urisForOthers() throws BrokerStartException {
        var found = new ArrayList<String>();
        for (var listener : configuration.listen().listeners()) {
            try {
                boolean anywhere = InetAddress.getByName(listener.host()).isAnyLocalAddress();
                var host = anywhere ? cluster.link().host() : listener.host();
                var scheme = listener.scheme().name().toLowerCase(Locale.ROOT);
                found.add(new ClientUri(scheme, new NodeAddress(host, listener.port())).toString());
            } catch (IllegalArgumentException unusable) {
                throw new BrokerStartException(
                        Kind.CONFIGURATION,
                        "clients cannot be told of this node (" + unusable.getMessage() + "): set cluster.client-uris",
                        unusable);
            } catch (UnknownHostException unknown) {
                throw new BrokerStartException(
                        Kind.CONFIGURATION, listener.name() + " host '" + listener.host() + "' is not known", unknown);
            }
        }
        return found;
    }

    @Override
    public List<Integer> begin(Term term) throws BrokerStartException {
        var ownNode = node.join();
        var steps = new StartSteps(term.over());
        var termLoops = ServingLoops.forATerm(loops);
        servingLoops = termLoops;
        var opened = ServingState.open(
                configuration,
                new TermJournal(clusterId(ownNode), journal, ownNode, term, steps),
                () -> termLoops,
                steps);
        state = opened;
        var frontend = Frontend.openForNodes(
                configuration, opened, () -> places(ownNode), doors.caps(), cluster.link(), ownNode::isMember);
        serving = new Serving(opened, frontend);
        opened.onReady();
        doors.serve(frontend);
        served.complete(null);
        return frontend.ports();
    }

    @Override
    public void onActive(@Nullable ActiveNode other) {
        elsewhere = other;
        doors.onActive(other);
    }

    private ServingStage stage() {
        if (serving != null) {
            return ServingStage.ACTIVE;
        }
        return elsewhere == null ? ServingStage.WAITING : ServingStage.RELAYING;
    }

    private UUID clusterId(ClusterNode ownNode) throws BrokerStartException {
        var id = ownNode.clusterId();
        if (id == null) {
            // Transactions in doubt would be asked for under another one.
            throw new BrokerStartException(
                    Kind.DATA_UNUSABLE,
                    "cluster.properties in " + configuration.node().dataDirectory()
                            + " does not say which cluster this node belongs to, and no node that leads has told it");
        }
        return id;
    }

    private static List<ClientPlace> places(ClusterNode node) {
        return node.clientPlaces().stream()
                .map(each -> new ClientPlace(
                        each.scheme(), each.address().host(), each.address().port()))
                .toList();
    }

    @Override
    public void end() {
        doors.passOn();
        var ended = serving;
        serving = null;
        try {
            if (ended != null) {
                ended.frontend().close();
            }
        } finally {
            var endedLoops = servingLoops;
            servingLoops = null;
            var endedState = state;
            state = null;
            if (endedState != null) {
                endedState.finish();
            }
            if (endedLoops != null) {
                endedLoops.end();
            }
            if (endedState != null) {
                endedState.close();
            }
        }
    }

    @Override
    public List<String> uris() {
        return doors.uris();
    }

    @Override
    public @Nullable Serving serving() {
        return serving;
    }

    @Override
    public CompletableFuture<Void> served() {
        return served;
    }

    @Override
    public JournalStatistics journalStatistics() {
        return journal.statistics();
    }

    @Override
    public void close() {
        // Clients that are sent away are not to come back here.
        doors.turnAway();
        try {
            node.join().close();
        } finally {
            doors.close();
            journal.close();
            loops.close();
        }
    }
}
