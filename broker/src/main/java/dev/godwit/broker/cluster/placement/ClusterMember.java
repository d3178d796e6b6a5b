package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;

/**
 * A node that can keep copies.
 *
 * @param replica the node and its journal
 * @param zone what fails together with other nodes of the same zone, such as a rack; empty for none
 */
public record ClusterMember(ReplicaId replica, String zone) {
    String nodeId() {
        return replica.nodeId();
    }
}
