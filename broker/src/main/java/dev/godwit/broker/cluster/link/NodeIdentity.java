package dev.godwit.broker.cluster.link;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Who a node is. The node and its journal together: a node whose disk was emptied is somebody else.
 *
 * @param cluster the cluster's name; nodes of another have nothing to say to each other
 * @param nodeId unique in the cluster, and the common name and a DNS name of the node's certificate: 1 to 63 letters, digits, hyphens
 *     and dots
 * @param journalId made once with the journal
 * @param address where it listens for other nodes, as they reach it
 */
public record NodeIdentity(String cluster, String nodeId, UUID journalId, NodeAddress address) {
    private static final int NAME_LENGTH_MAX = 63;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");

    /** @throws IllegalArgumentException when a name is none */
    public NodeIdentity {
        if (!isName(cluster)) {
            throw new IllegalArgumentException("no name of a cluster: " + cluster);
        }
        if (!isName(nodeId)) {
            throw new IllegalArgumentException("no name of a node in a cluster: " + nodeId);
        }
    }

    /** Whether nodes and clusters can be called so. */
    public static boolean isName(String text) {
        return text.length() <= NAME_LENGTH_MAX && NAME.matcher(text).matches();
    }

    /** The same at another port. */
    NodeIdentity withPort(int port) {
        return new NodeIdentity(cluster, nodeId, journalId, address.withPort(port));
    }

    /** Whether that is this very node, at the same place. */
    boolean isSameNode(NodeIdentity other) {
        return nodeId.equals(other.nodeId) && journalId.equals(other.journalId) && address.equals(other.address);
    }

    @Override
    public String toString() {
        return nodeId + " at " + address;
    }
}
