package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replica.ReplicaLines;
import dev.godwit.storage.replication.ReplicaId;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What copies say to each other, over the links between nodes. Shards and links have different loops: what is said during a
 * turn crosses at its end, as one task. What cannot be sent is dropped, as on any line that fails; copies say again what
 * matters.
 */
final class ReplicationLines implements ReplicaLines, NodeLinkListener {
    private static final Logger log = LoggerFactory.getLogger(ReplicationLines.class);

    /** What is urgent has to fit into one frame; heartbeats and votes are far smaller. */
    private static final int URGENT_BYTES_MAX = 16 << 10;

    private final EventLoop links;

    /** Set as the copies come up; what comes for others is dropped. */
    private final AtomicReferenceArray<Line> lines;

    /** Open ones. Owned by the loop of the links. */
    private final Map<String, NodeLink> open = new HashMap<>();

    private record Outgoing(int shard, ReplicaId to, List<ByteBuffer> message, boolean urgent) {}

    private record Incoming(String nodeId, ByteBuffer bytes) {}

    /** Between a shard's loop and that of the links. */
    private record Line(KeptShard copy, BatchDoor<Outgoing> out, BatchDoor<Incoming> in) {}

    /** @param links the loop of the links between nodes */
    ReplicationLines(EventLoop links, int shards) {
        this.links = links;
        lines = new AtomicReferenceArray<>(shards);
    }

    /** What comes for the copy from now on is handed to it. */
    void add(KeptShard copy) {
        lines.set(
                copy.number(),
                new Line(
                        copy,
                        new BatchDoor<>(copy.owner(), links, this::sendNow),
                        new BatchDoor<>(
                                links, copy.owner(), incoming -> copy.onMessage(incoming.nodeId(), incoming.bytes()))));
    }

    @Override
    public void send(int shard, ReplicaId to, List<ByteBuffer> message, boolean urgent) {
        Line line = lines.get(shard);
        if (line != null) {
            line.out().pass(new Outgoing(shard, to, message, urgent));
        }
    }

    private void sendNow(Outgoing outgoing) {
        NodeLink link = open.get(outgoing.to().nodeId());
        if (link == null) {
            return;
        }
        long bytes = 0;
        for (ByteBuffer part : outgoing.message()) {
            bytes += part.remaining();
        }
        if (bytes > link.messageBytesMax()) {
            log.warn(
                    "shard {}: {} bytes are more than node {} takes in one message",
                    outgoing.shard(),
                    bytes,
                    link.nodeId());
            return;
        }
        var channel = new LinkChannel(LinkChannel.Kind.REPLICATION, outgoing.shard());
        boolean taken = (outgoing.urgent() && bytes <= URGENT_BYTES_MAX)
                ? link.sendUrgent(channel, outgoing.message())
                : link.send(channel, outgoing.message());
        if (!taken) {
            log.debug("shard {}: the line to node {} is full", outgoing.shard(), link.nodeId());
        }
    }

    @Override
    public void onLinkOpen(NodeLink link, NodeIdentity peer) {
        open.put(link.nodeId(), link);
        log.info("node {} is connected", peer);
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        open.remove(link.nodeId(), link);
        log.info("node {} is not connected any more: {}", link.nodeId(), reason);
    }

    @Override
    public void onLinkWritable(NodeLink link) {
        // Leaders bound what is under way by themselves, and send again what was dropped.
    }

    @Override
    public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
        if (channel.kind() != LinkChannel.Kind.REPLICATION || channel.number() >= lines.length()) {
            return;
        }
        Line line = lines.get(channel.number());
        if (line != null) {
            line.in().pass(new Incoming(from.nodeId(), copyOf(payload)));
        }
    }

    /** The socket's buffer is used again; the copy of the log keeps what came. */
    private static ByteBuffer copyOf(ByteBuffer payload) {
        return ByteBuffer.allocate(payload.remaining()).put(payload).flip();
    }
}
