package dev.godwit.broker.cluster.link;

import dev.godwit.broker.cluster.link.Greeting.Refused;
import io.vertx.core.internal.net.NetSocketInternal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The connections that other nodes have made to us, one for each of them. Owned by the loop of the links. */
final class IncomingConnections {
    /** Far more than a cluster has nodes. */
    private static final int NODES_MAX = 256;

    /** Who has not greeted: beyond them, the one that has been silent for longest goes. */
    private static final int GREETING_MAX = 256;

    private final OwnEnd own;
    private final Function<String, LinkCounters> counters;
    private final Consumer<String> onCame;
    private final Consumer<String> onGone;
    private final Set<IncomingConnection> all = new HashSet<>();
    private final Set<IncomingConnection> greeting = new LinkedHashSet<>();
    private final Map<String, IncomingConnection> byNode = new HashMap<>();

    /**
     * @param counters of a node, by its id
     * @param onCame told the id of a node that was let in
     * @param onGone told the id of a node whose connection has ended
     */
    IncomingConnections(
            OwnEnd own, Function<String, LinkCounters> counters, Consumer<String> onCame, Consumer<String> onGone) {
        this.own = own;
        this.counters = counters;
        this.onCame = onCame;
        this.onGone = onGone;
    }

    void onSocket(NetSocketInternal socket) {
        var connection = new IncomingConnection(own, this, socket);
        all.add(connection);
        greeting.add(connection);
        if (greeting.size() > GREETING_MAX) {
            IncomingConnection oldest = greeting.iterator().next();
            greeting.remove(oldest);
            oldest.refuse(new Refused(RefusalReason.TOO_MANY, "too many connect and do not greet"));
        }
    }

    /**
     * Takes the node in, unless another one of its name is here. The same node again has lost its connection before we have:
     * the older one is dropped.
     *
     * @return why not; null when it was taken in
     */
    @Nullable
    Refused admit(IncomingConnection connection, NodeIdentity node) {
        IncomingConnection before = byNode.get(node.nodeId());
        if (before == null && byNode.size() >= NODES_MAX) {
            return new Refused(RefusalReason.TOO_MANY, "there are too many nodes");
        }
        NodeIdentity known = before == null ? null : before.peer();
        if (before != null && known != null) {
            if (!known.isSameNode(node)) {
                return new Refused(
                        RefusalReason.NODE_ID_TWICE,
                        "there is a node " + known + " with journal " + known.journalId() + " already");
            }
            before.end("the node has connected anew");
        }
        greeting.remove(connection);
        byNode.put(node.nodeId(), connection);
        onCame.accept(node.nodeId());
        return null;
    }

    LinkCounters countersOf(String nodeId) {
        return counters.apply(nodeId);
    }

    void onGone(IncomingConnection connection) {
        all.remove(connection);
        greeting.remove(connection);
        NodeIdentity peer = connection.peer();
        if (peer != null) {
            byNode.remove(peer.nodeId(), connection);
            onGone.accept(peer.nodeId());
        }
    }

    int size() {
        return all.size();
    }

    boolean hasNode(String nodeId) {
        return byNode.containsKey(nodeId);
    }

    void end(String reason) {
        Set.copyOf(all).forEach(each -> each.end(reason));
    }
}
