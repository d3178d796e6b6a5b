package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the nodes say of themselves to each other, over their links: at once, for clients wait for that, and again and again, for a
 * message may be lost. Owned by the loop of the links; any thread may say something.
 */
final class Notices implements NodeLinkListener {
    /** Hears what other nodes say of themselves. */
    interface Listener {
        /** Called on the control loop; often the same as before. */
        void onNotice(NodeIdentity from, NodeNotice notice);
    }

    private static final Logger log = LoggerFactory.getLogger(Notices.class);
    private static final LinkChannel CHANNEL = new LinkChannel(LinkChannel.Kind.CONTROL, 0);
    private static final long AGAIN_MILLIS = 1_000;

    private final EventLoop links;
    private final EventLoop control;
    private final Listener listener;
    private final Map<String, NodeLink> open = new HashMap<>();
    private NodeNotice own = NodeNotice.AT_FIRST;
    private volatile boolean stopped;

    Notices(EventLoop links, EventLoop control, Listener listener) {
        this.links = links;
        this.control = control;
        this.listener = listener;
    }

    /** Begins to say again what was said. */
    void start() {
        links.schedule(AGAIN_MILLIS, this::again);
    }

    private void again() {
        if (!stopped) {
            sendToAll();
            links.schedule(AGAIN_MILLIS, this::again);
        }
    }

    /** This node is something else from now on. */
    void say(UnaryOperator<NodeNotice> change) {
        links.execute(() -> {
            own = change.apply(own);
            sendToAll();
        });
    }

    private void sendToAll() {
        open.values().forEach(this::send);
    }

    private void send(NodeLink link) {
        if (!link.sendUrgent(CHANNEL, List.of(own.encode()))) {
            log.debug("node {} was not told, and will be later: {}", link.nodeId(), own);
        }
    }

    @Override
    public void onLinkOpen(NodeLink link, NodeIdentity peer) {
        open.put(link.nodeId(), link);
        send(link);
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        open.remove(link.nodeId(), link);
    }

    @Override
    public void onLinkWritable(NodeLink link) {
        // What was dropped is said again in any case.
    }

    @Override
    public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
        if (!channel.equals(CHANNEL)) {
            return;
        }
        var notice = NodeNotice.decode(payload);
        if (notice != null) {
            control.execute(() -> listener.onNotice(from, notice));
        }
    }

    void stop() {
        stopped = true;
    }
}
