package dev.godwit.broker.cluster.relay;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;

/**
 * The node that serves clients. Immutable.
 *
 * @param nodeId its name, for the log
 * @param doors where it takes connections that other nodes pass on: one for each listener, in the order in which listeners are
 *     configured, which is the same on all nodes
 */
public record ActiveNode(String nodeId, List<NodeAddress> doors) {
    public ActiveNode {
        doors = List.copyOf(doors);
    }
}
