package dev.godwit.broker.cluster.hazelcast;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How nodes find each other. Immutable.
 *
 * @param cluster the cluster's name
 * @param host the address to bind to, which only nodes should reach: Hazelcast's open-source edition knows neither TLS nor users
 * @param port for Hazelcast, 1 to 65,535
 * @param seeds {@code host:port} of some nodes of the cluster
 * @param multicast whether nodes look for each other by multicast, and know no seeds
 * @param kubernetesService the DNS name of a headless service of Kubernetes whose pods are the nodes; null for none
 */
public record HazelcastSettings(
        String cluster,
        String host,
        int port,
        List<String> seeds,
        boolean multicast,
        @Nullable String kubernetesService) {
    public HazelcastSettings {
        seeds = List.copyOf(seeds);
        if (cluster.isEmpty() || host.isEmpty()) {
            throw new IllegalArgumentException("a cluster's name and an address to bind to are needed");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("no port: " + port);
        }
        long ways = Stream.of(kubernetesService != null, multicast, !seeds.isEmpty())
                .filter(chosen -> chosen)
                .count();
        if (ways > 1) {
            throw new IllegalArgumentException(
                    "nodes are found by Kubernetes, by seeds or by multicast: by one of them");
        }
    }

    /** Whether it knows of any way to others; without one, others have to look for it. */
    public boolean looksForOthers() {
        return kubernetesService != null || multicast || !seeds.isEmpty();
    }
}
