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
    private final List<String> uris;
    private final NodeHealth health;
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private final CompletableFuture<ClusterNode> node = new CompletableFuture<>();

    /** What was built up for the term, also in part. Owned by the thread that begins and ends. */
    private @Nullable ServingLoops servingLoops;

    private @Nullable ServingState state;

    /** Complete only while clients may come. Written by that thread, read by anybody. */
    private volatile @Nullable Serving serving;

    private ClusteredBroker(
            BrokerConfiguration configuration,
            VertxLoops loops,
            ReplicatedJournal journal,
            List<String> uris,
            NodeHealth health) {
        this.health = health;
        this.configuration = configuration;
        this.loops = loops;
        this.journal = journal;
        this.uris = uris;
    }

    /** Takes part in the cluster when it returns; serves when it leads. */
    static ClusteredBroker start(
            BrokerConfiguration wanted,
            ClusterConfiguration cluster,
            Consumer<String> onJournalFailure,
            NodeHealth health)
            throws BrokerStartException {
        Frontend.check(wanted);
        var configuration = wanted.withListen(ClientPorts.find(wanted.listen()));
        var loops = new VertxLoops(configuration.eventLoops());
        ReplicatedJournal journal = null;
        try {
            journal = openJournal(configuration, cluster, onJournalFailure);
            var uris = configuration.listen().listeners().stream()
                    .map(listener -> listener.uri(listener.port()))
                    .toList();
            var broker = new ClusteredBroker(configuration, loops, journal, uris, health);
            health.watch(loops.all(), journal::statistics);
            health.become(ServingStage.WAITING);
            broker.join(cluster);
            return broker;
        } catch (BrokerStartException | RuntimeException | Error failed) {
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
                    configuration.nodeName(),
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

    private void join(ClusterConfiguration cluster) throws BrokerStartException {
        try {
            var own = new ClusterNode(settings(cluster), loops, journal, SHARDS, this);
            node.complete(own);
            start(own);
            log.info(
                    "node {} takes part in the cluster {}; while it serves, clients find it at {}",
                    configuration.nodeName(),
                    cluster.discovery().cluster(),
                    uris.get(0));
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

    private NodeSettings settings(ClusterConfiguration cluster) throws BrokerStartException {
        var tls = cluster.tls();
        return new NodeSettings(
                configuration.nodeName(),
                configuration.dataDirectory(),
                cluster.link(),
                tls == null ? LinkSettings.withoutTls() : LinkSettings.of(tls),
                cluster.discovery(),
                cluster.isFounder(configuration.nodeName()),
                cluster.zone(),
                cluster.copies(),
                cluster.evenAllowed(),
                cluster.replaceAfterMillis(),
                cluster.clientUris().isEmpty() ? urisForOthers(cluster) : cluster.clientUris());
    }

    /** A listener at all addresses of the machine is found at that of the node. */
    private List<String> urisForOthers(ClusterConfiguration cluster) throws BrokerStartException {
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
    public void begin(Term term) throws BrokerStartException {
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
        serving = new Serving(opened, Frontend.open(configuration, opened, () -> places(ownNode)));
        opened.onReady();
        health.become(ServingStage.ACTIVE);
        served.complete(null);
    }

    private UUID clusterId(ClusterNode ownNode) throws BrokerStartException {
        var id = ownNode.clusterId();
        if (id == null) {
            // Transactions in doubt would be asked for under another one.
            throw new BrokerStartException(
                    Kind.DATA_UNUSABLE,
                    "cluster.properties in " + configuration.dataDirectory()
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
        health.become(ServingStage.WAITING);
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
        return uris;
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
        try {
            node.join().close();
        } finally {
            journal.close();
            loops.close();
        }
    }
}
