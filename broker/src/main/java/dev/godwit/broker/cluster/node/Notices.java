package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
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

        /** The active node wants this one to rest, or not any more. Called on the control loop. */
        void onRestWanted(NodeIdentity from, boolean rest);
    }

    private static final Logger log = LoggerFactory.getLogger(Notices.class);
    private static final LinkChannel CHANNEL = new LinkChannel(LinkChannel.Kind.CONTROL, 0);
    private static final long AGAIN_MILLIS = 1_000;

    private final EventLoop links;
    private final EventLoop control;
    private final Listener listener;
    private final Map<String, NodeLink> open = new HashMap<>();

    /** Who hears what this node says. */
    private volatile Set<ReplicaId> reached = Set.of();

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

    /**
     * Has another node rest, or not any more.
     *
     * @return whether it was sent
     */
    CompletableFuture<Boolean> order(String nodeId, boolean rest) {
        return CompletableFuture.supplyAsync(
                () -> {
                    var link = open.get(nodeId);
                    return link != null && link.sendUrgent(CHANNEL, List.of(RestOrder.encode(rest)));
                },
                links);
    }

    /** The nodes that this one has a link to now. Any thread. */
    Set<ReplicaId> reached() {
        return reached;
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
        reach(link, new ReplicaId(peer.nodeId(), peer.journalId()));
        send(link);
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        if (open.remove(link.nodeId(), link)) {
            reach(link, null);
        }
    }

    /** @param peer who is at the other end from now on; null for nobody */
    private void reach(NodeLink link, @Nullable ReplicaId peer) {
        var now = new HashSet<>(reached);
        now.removeIf(each -> each.nodeId().equals(link.nodeId()));
        if (peer != null) {
            now.add(peer);
        }
        reached = Set.copyOf(now);
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
        var rest = RestOrder.decode(payload);
        if (notice != null) {
            control.execute(() -> listener.onNotice(from, notice));
        } else if (rest != null) {
            control.execute(() -> listener.onRestWanted(from, rest));
        }
    }

    void stop() {
        stopped = true;
    }
}
