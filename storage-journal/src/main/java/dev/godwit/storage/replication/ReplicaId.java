package dev.godwit.storage.replication;

import java.util.UUID;

/**
 * One copy of a shard's log: a node, and the journal that it keeps the copy in. A node whose disk was emptied has a new
 * journal, and is therefore somebody else: whatever the old one promised, this one never did.
 *
 * @param nodeId the name of the node in its cluster
 * @param journalId made once with the journal
 */
public record ReplicaId(String nodeId, UUID journalId) implements Comparable<ReplicaId> {
    @Override
    public int compareTo(ReplicaId other) {
        int byNode = nodeId.compareTo(other.nodeId);
        return byNode != 0 ? byNode : journalId.compareTo(other.journalId);
    }

    @Override
    public String toString() {
        return nodeId + '/' + journalId.toString().substring(0, 8);
    }
}
