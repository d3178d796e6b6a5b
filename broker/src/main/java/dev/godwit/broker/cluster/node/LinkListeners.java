package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import java.nio.ByteBuffer;
import java.util.List;

/** Lets several hear the same links, in their order; each takes of the messages what is for it. */
record LinkListeners(List<NodeLinkListener> all) implements NodeLinkListener {
    LinkListeners {
        all = List.copyOf(all);
    }

    @Override
    public void onLinkOpen(NodeLink link, NodeIdentity peer) {
        all.forEach(each -> each.onLinkOpen(link, peer));
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        all.forEach(each -> each.onLinkLost(link, reason));
    }

    @Override
    public void onLinkWritable(NodeLink link) {
        all.forEach(each -> each.onLinkWritable(link));
    }

    @Override
    public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
        all.forEach(each -> each.onMessage(from, channel, payload));
    }
}
