package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.broker.cluster.ClusterReport.CopyLine;
import dev.godwit.broker.cluster.ClusterReport.NodeLine;
import dev.godwit.broker.cluster.ClusterReport.ShardLine;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Says how it stands with the cluster. Stateless. */
final class Reporting {
    private Reporting() {}

    /**
     * @param self this node, which leads
     * @param resting which nodes are not to lead
     * @param underway what {@link Retreat} does
     * @param failure why it gave up
     */
    static ClusterReport of(
            String cluster,
            ReplicaId self,
            Collection<NodeProfile> here,
            List<ShardCopyStatus> statuses,
            Resting resting,
            String underway,
            String failure) {
        var nodes = new TreeMap<String, NodeLine>();
        var shards = new ArrayList<ShardLine>();
        for (int shard = 0; shard < statuses.size(); shard++) {
            var status = statuses.get(shard);
            var copies = new ArrayList<CopyLine>();
            status.voters().voters().forEach(each -> copies.add(copy(each, true, self, status)));
            status.voters().learners().forEach(each -> copies.add(copy(each, false, self, status)));
            copies.forEach(copy -> nodes.put(copy.nodeId(), line(copy.nodeId(), "", false, resting, List.of())));
            var leader = status.leader();
            shards.add(new ShardLine(
                    shard,
                    leader == null ? null : leader.nodeId(),
                    status.epoch(),
                    status.commitIndex(),
                    status.votersCommitted(),
                    copies));
        }
        here.forEach(
                node -> nodes.put(node.nodeId(), line(node.nodeId(), node.zone(), true, resting, node.clientUris())));
        return new ClusterReport(cluster, self.nodeId(), underway, failure, List.copyOf(nodes.values()), shards);
    }

    private static NodeLine line(String nodeId, String zone, boolean here, Resting resting, List<String> clientUris) {
        boolean witness = resting.isWitness(nodeId);
        return new NodeLine(nodeId, zone, here, resting.rests(nodeId) && !witness, witness, clientUris);
    }

    private static CopyLine copy(ReplicaId replica, boolean votes, ReplicaId self, ShardCopyStatus status) {
        long matched = replica.equals(self)
                ? status.durableIndex()
                : status.matchedIndices().getOrDefault(replica, -1L);
        long lag = matched < 0 ? -1 : Math.max(0, status.commitIndex() - matched);
        return new CopyLine(replica.nodeId(), replica.journalId(), votes, lag);
    }
}
