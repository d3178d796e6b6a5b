package dev.godwit.broker.cluster;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How it stands with a cluster, as the node that serves sees it. Immutable.
 *
 * @param cluster its name
 * @param active the node that serves
 * @param underway that it hands over, to whom, and why it is not done yet; empty while it does not
 * @param failure why it gave that up when an operator had ordered it; empty when it did not
 * @param nodes those that are here, or keep copies
 * @param shards that of the definitions first
 */
public record ClusterReport(
        String cluster, String active, String underway, String failure, List<NodeLine> nodes, List<ShardLine> shards) {
    /**
     * A node.
     *
     * @param here whether it has been seen lately
     * @param resting whether it is not to lead, because an operator wants that
     * @param witness whether it is not to lead, because it was set up so
     */
    public record NodeLine(
            String nodeId, String zone, boolean here, boolean resting, boolean witness, List<String> clientUris) {
        public NodeLine {
            clientUris = List.copyOf(clientUris);
        }
    }

    /**
     * A shard.
     *
     * @param leader null while nobody is known to lead it
     * @param commitIndex up to here a majority has its log
     * @param settled whether who votes is committed: else another leader may not know of the last change
     */
    public record ShardLine(
            int shard, @Nullable String leader, long epoch, long commitIndex, boolean settled, List<CopyLine> copies) {
        public ShardLine {
            copies = List.copyOf(copies);
        }
    }

    /**
     * A copy of a shard.
     *
     * @param journalId which of the node's journals: one whose disk was emptied has another one
     * @param votes whether it counts for the majority
     * @param lag how many entries it has not got that are committed; -1 while that is not known
     */
    public record CopyLine(String nodeId, UUID journalId, boolean votes, long lag) {}

    public ClusterReport {
        nodes = List.copyOf(nodes);
        shards = List.copyOf(shards);
    }
}
