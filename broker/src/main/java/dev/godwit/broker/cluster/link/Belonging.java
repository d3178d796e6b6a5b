package dev.godwit.broker.cluster.link;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster this node belongs to, and what others say about themselves. Two clusters may have one name; each has an id, which its
 * first node makes. Called on the loop of the links.
 */
public interface Belonging {
    /** The id of this node's cluster; null while it belongs to none. May change once: see {@link NodeLinks#greetAnew}. */
    @Nullable
    UUID clusterId();

    /**
     * A node has said to which cluster it belongs. When that is another one than ours it is not let in, and its link is not opened; else
     * called before anything else comes of it.
     *
     * @param clusterId null when it belongs to none yet
     */
    void onGreeted(NodeIdentity node, @Nullable UUID clusterId);

    /** A node does not let this one in, for it belongs to another cluster. */
    void onForeign(String nodeId);
}
