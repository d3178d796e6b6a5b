package dev.godwit.broker.cluster;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells the others about itself. Immutable.
 *
 * @param nodeId unique in the cluster
 * @param journalId made once with its journal
 * @param clusterId made by the node that began its cluster; null while it belongs to none
 * @param link where it listens for other nodes
 * @param discovery where it is found
 * @param clientUris where clients reach it, such as {@code amqp://host:5672}
 * @param zone what fails together with other nodes of the same zone; empty for none
 * @param capabilities what it can do that older releases cannot
 */
public record NodeProfile(
        String nodeId,
        UUID journalId,
        @Nullable UUID clusterId,
        NodeAddress link,
        NodeAddress discovery,
        List<String> clientUris,
        String zone,
        Set<String> capabilities) {
    public NodeProfile {
        clientUris = List.copyOf(clientUris);
        capabilities = Set.copyOf(new TreeSet<>(capabilities));
    }
}
