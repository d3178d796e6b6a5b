package dev.godwit.broker.cluster.hazelcast;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How nodes find each other. Immutable.
 *
 * @param cluster the cluster's name
 * @param host the address to bind to, which only nodes should reach: Hazelcast's open-source edition knows neither TLS nor users
 * @param port for Hazelcast, 1 to 65,535
 * @param seeds {@code host:port} of some nodes of the cluster
 * @param multicast whether nodes also look for each other by multicast
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
        if (kubernetesService != null && (multicast || !seeds.isEmpty())) {
            throw new IllegalArgumentException("nodes are found by Kubernetes or by seeds and multicast, not by both");
        }
    }
}
