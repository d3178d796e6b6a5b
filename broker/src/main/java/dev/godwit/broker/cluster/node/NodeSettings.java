package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.LinkSettings;
import dev.godwit.broker.cluster.link.NodeAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * What a node of a cluster is told. Immutable.
 *
 * @param nodeId its name
 * @param directory where it remembers its cluster
 * @param link where it listens for other nodes; port 0 for any free one
 * @param links how it speaks to them
 * @param discovery how nodes find each other
 * @param founds whether it begins the cluster when its journal is new and nobody has begun it
 * @param zone what fails together with other nodes of the same zone; empty for none
 * @param copies how many nodes are to keep each shard
 * @param evenAllowed whether two or four may
 * @param replaceAfterMillis how long a node has to be gone before another one keeps copies in its place
 * @param witness whether it is not to lead, unless nobody else has what it has
 * @param clientUris where clients reach it while it serves
 */
public record NodeSettings(
        String nodeId,
        Path directory,
        NodeAddress link,
        LinkSettings links,
        HazelcastSettings discovery,
        boolean founds,
        String zone,
        int copies,
        boolean evenAllowed,
        long replaceAfterMillis,
        boolean witness,
        List<String> clientUris) {
    public NodeSettings {
        clientUris = List.copyOf(clientUris);
    }
}
