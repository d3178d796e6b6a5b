package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of the nodes that this one has reached, and that have shown who they are, since it started. Any thread may ask.
 */
final class MemberAddresses implements NodeLinkListener, Predicate<InetAddress> {
    private static final Logger log = LoggerFactory.getLogger(MemberAddresses.class);

    private final Set<InetAddress> addresses = ConcurrentHashMap.newKeySet();

    @Override
    public boolean test(InetAddress address) {
        return addresses.contains(address);
    }

    @Override
    public void onLinkOpen(NodeLink link, NodeIdentity peer) {
        // A name is asked for, which takes its time.
        var unused = CompletableFuture.runAsync(() -> add(peer));
    }

    private void add(NodeIdentity peer) {
        try {
            addresses.addAll(List.of(InetAddress.getAllByName(peer.address().host())));
        } catch (UnknownHostException unknown) {
            log.warn("node {} cannot pass clients on to here: its address is not known", peer, unknown);
        }
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        // It is back soon, and clients are.
    }

    @Override
    public void onLinkWritable(NodeLink link) {
        // Nothing is sent here.
    }

    @Override
    public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
        // That somebody is connected to us does not say where it is.
    }
}
