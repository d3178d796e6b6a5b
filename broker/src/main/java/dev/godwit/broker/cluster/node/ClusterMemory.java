package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClientUri;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.NodeAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what this node remembers of its cluster, in its file, too. Owned by the control loop from when the node runs; the file is written on a thread
 * of its own.
 */
final class ClusterMemory {
    private static final Logger log = LoggerFactory.getLogger(ClusterMemory.class);

    private final Path directory;
    private final ExecutorService writing =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "godwit-cluster-file"));
    private volatile RememberedCluster remembered;
    private volatile List<ClientUri> clientPlaces;

    /** @throws IOException when what is there cannot be read, or the node was half made to lead alone */
    ClusterMemory(Path directory) throws IOException {
        ForcingMark.refuse(directory);
        this.directory = directory;
        remembered = RememberedCluster.read(directory);
        clientPlaces = placesOf(remembered);
    }

    /** Which cluster this node belongs to; null while that is none. Any thread. */
    @Nullable
    UUID clusterId() {
        return remembered.clusterId();
    }

    /** Where clients find the nodes of the cluster, those that are not here included. Any thread. */
    List<ClientUri> clientPlaces() {
        return clientPlaces;
    }

    /** What a node says of itself may make no sense: it costs a line in the log then, once, and no client its connection. */
    private static List<ClientUri> placesOf(RememberedCluster remembered) {
        return ClientUri.parseAll(remembered.places().values().stream()
                .flatMap(each -> each.clientUris().stream())
                .sorted()
                .toList());
    }

    /** Where the other nodes listened for others when they were here last, by their ids. */
    Map<String, NodeAddress> links(String nodeId) {
        var links = new TreeMap<String, NodeAddress>();
        remembered.places().forEach((other, place) -> {
            NodeAddress link = place.link();
            if (link != null && !other.equals(nodeId)) {
                links.put(other, link);
            }
        });
        return links;
    }

    /** The ids of those whose places are known. */
    Set<String> nodeIds() {
        return remembered.places().keySet();
    }

    /** Whether this node has begun the cluster with that journal. */
    boolean isFoundedWith(UUID journalId) {
        return journalId.equals(remembered.founder());
    }

    /** This node begins a cluster: nobody hears of it before that is on the disk. Blocks; before the node runs. */
    void found(UUID journalId) throws IOException {
        remembered = remembered.founded(UUID.randomUUID(), journalId);
        remembered.write(directory);
    }

    /** This node has been taken into a cluster. */
    void join(UUID id) {
        become(remembered.joined(id));
    }

    /** These nodes are here. */
    void onNodes(Collection<NodeProfile> nodes) {
        become(remembered.withNodes(nodes));
    }

    /** These nodes are no part of the cluster any more. */
    void forget(Set<String> nodeIds) {
        become(remembered.without(nodeIds));
    }

    /** Whether this node is not to lead. Any thread. */
    boolean rests() {
        return remembered.resting();
    }

    /**
     * This node is not to lead, or may.
     *
     * @return done when that is on the disk, with an {@link IOException} when it cannot be written
     */
    CompletableFuture<Void> rest(boolean rest) {
        RememberedCluster next = remembered.withResting(rest);
        remembered = next;
        var written = new CompletableFuture<Void>();
        try {
            writing.execute(() -> {
                try {
                    next.write(directory);
                    written.complete(null);
                } catch (IOException failed) {
                    written.completeExceptionally(failed);
                }
            });
        } catch (RejectedExecutionException closed) {
            written.completeExceptionally(closed);
        }
        return written;
    }

    private void become(RememberedCluster next) {
        RememberedCluster before = remembered;
        if (next.equals(before)) {
            return;
        }
        remembered = next;
        if (!next.places().equals(before.places())) {
            clientPlaces = placesOf(next);
        }
        try {
            writing.execute(() -> write(next));
        } catch (RejectedExecutionException closed) {
            log.debug("the node has ended");
        }
    }

    /** What is remembered only helps to find others: a node goes on without. */
    private void write(RememberedCluster next) {
        try {
            next.write(directory);
        } catch (IOException failed) {
            log.warn("what this node remembers of its cluster could not be written: {}", failed.toString());
        }
    }

    /** With the places where other nodes were found before, where places are what nodes are found by. */
    HazelcastSettings amend(HazelcastSettings configured, String nodeId) {
        if (configured.multicast() || configured.kubernetesService() != null) {
            return configured;
        }
        var seeds = new LinkedHashSet<>(configured.seeds());
        Stream<NodeAddress> others = remembered.places().entrySet().stream()
                .filter(each -> !each.getKey().equals(nodeId))
                .map(each -> each.getValue().discovery());
        others.forEach(each -> seeds.add(each.toString()));
        return new HazelcastSettings(
                configured.cluster(), configured.host(), configured.port(), List.copyOf(seeds), false, null);
    }

    void close() {
        writing.shutdown();
    }
}
