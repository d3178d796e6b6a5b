package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.NodeAddress;

/** The links to other nodes, as far as the control loop cares for them. Any thread may call; it is done soon. */
interface Reach {
    /** There is to be a link to that node, at that place. */
    void connect(String nodeId, NodeAddress address);

    /** There is to be none. */
    void disconnect(String nodeId);

    /** All nodes are to be told to which cluster this one belongs. */
    void greetAnew();
}
