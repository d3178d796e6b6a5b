package dev.godwit.broker.cluster.link;

import java.nio.ByteBuffer;

/** Hears what comes over the links of a node. Called on the loop of its {@link NodeLinks}, and may call back. */
public interface NodeLinkListener {
    /** Messages can be sent now. */
    void onLinkOpen(NodeLink link, NodeIdentity peer);

    /** It was open, and is not any more; what was sent and not answered may or may not have arrived. It connects anew. */
    void onLinkLost(NodeLink link, String reason);

    /** It was not writable, and is again. */
    void onLinkWritable(NodeLink link);

    /**
     * A message has come whole, its checksums right.
     *
     * @param payload read-only, and valid only until this returns: whoever needs it longer copies it
     */
    void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload);
}
