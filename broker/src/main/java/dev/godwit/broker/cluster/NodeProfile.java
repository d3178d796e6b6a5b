package dev.godwit.broker.cluster;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What a node tells the others about itself. Immutable.
 *
 * @param nodeId unique in the cluster
 * @param journalId made once with its journal
 * @param link where it listens for other nodes
 * @param clientUris where clients reach it, such as {@code amqp://host:5672}
 * @param zone what fails together with other nodes of the same zone; empty for none
 * @param capabilities what it can do that older releases cannot
 */
public record NodeProfile(
        String nodeId,
        UUID journalId,
        NodeAddress link,
        List<String> clientUris,
        String zone,
        Set<String> capabilities) {
    public NodeProfile {
        clientUris = List.copyOf(clientUris);
        capabilities = Set.copyOf(new TreeSet<>(capabilities));
    }
}
