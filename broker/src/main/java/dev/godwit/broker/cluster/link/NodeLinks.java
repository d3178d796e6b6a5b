package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.vertx.VertxEventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's links to others. Each node connects to those that it sends to, and is connected to by those that send to it: so
 * there are two connections between two nodes, and no question which of them is the right one. Owned by one event loop, on
 * which all is to be called but {@link #start} and {@link #close}.
 */
public final class NodeLinks {
    private static final Logger log = LoggerFactory.getLogger(NodeLinks.class);

    private final VertxEventLoop loop;
    private final OwnEnd own;
    private final NetServer server;
    private final NetClient client;
    private final IncomingConnections incoming;
    private final Map<String, OutgoingLink> outgoing = new HashMap<>();
    private final Map<String, LinkCounters> counters = new HashMap<>();
    private boolean closed;

    private NodeLinks(VertxEventLoop loop, OwnEnd own, NetServer server, NetClient client) {
        this.loop = loop;
        this.own = own;
        this.server = server;
        this.client = client;
        incoming = new IncomingConnections(own, this::countersOf, this::onCame, this::forget);
    }

    /**
     * Listens for other nodes; may be called on any thread. Fails when it cannot listen, or the files for TLS cannot be used.
     *
     * @param identity who we are; with port 0 any free one is taken, and said to others
     * @param belonging likewise
     * @param listener called on the loop
     */
    public static Future<NodeLinks> start(
            Vertx vertx,
            VertxEventLoop loop,
            NodeIdentity identity,
            LinkSettings settings,
            Belonging belonging,
            NodeLinkListener listener) {
        return start(vertx, loop, identity, settings, VersionRange.OURS, belonging, listener);
    }

    /** The same for other versions of the protocol: that two releases understand each other has to be tested. */
    static Future<NodeLinks> start(
            Vertx vertx,
            VertxEventLoop loop,
            NodeIdentity identity,
            LinkSettings settings,
            VersionRange versions,
            Belonging belonging,
            NodeLinkListener listener) {
        Promise<NodeLinks> started = Promise.promise();
        loop.context().runOnContext(turn -> {
            NetServer server;
            NetClient client;
            try {
                server = LinkSockets.server(vertx, identity.address(), settings);
                client = LinkSockets.client(vertx, settings);
            } catch (RuntimeException refused) {
                started.fail(refused);
                return;
            }
            var accepting = new Accepting();
            server.connectHandler(accepting::onSocket);
            server.exceptionHandler(accepting::onFailure);
            server.listen()
                    .map(listening -> {
                        var complaints = new PeerComplaints(Clock.SYSTEM);
                        var own = new OwnEnd(
                                loop,
                                identity.withPort(listening.actualPort()),
                                settings,
                                versions,
                                belonging,
                                listener,
                                complaints);
                        var links = new NodeLinks(loop, own, listening, client);
                        accepting.links = links;
                        log.info(
                                "node {} of cluster {} listens for others{}",
                                own.identity(),
                                identity.cluster(),
                                settings.tls() == null ? ", without TLS: whoever comes is believed" : "");
                        return links;
                    })
                    .onFailure(failed -> {
                        var unused = client.close();
                    })
                    .onComplete(started);
        });
        return started.future();
    }

    /** What comes before the links are there, in the same turn, is turned away. */
    private static final class Accepting {
        private @Nullable NodeLinks links;

        void onSocket(NetSocket socket) {
            if (links == null || links.closed) {
                socket.close();
            } else {
                links.incoming.onSocket((NetSocketInternal) socket);
            }
        }

        void onFailure(Throwable failure) {
            if (links != null) {
                links.own.complaints().warn("somebody", "is not let in: " + LinkSocket.reasonOf(failure));
            }
        }
    }

    /** Who we say that we are; with the port that was found. */
    public NodeIdentity identity() {
        return own.identity();
    }

    /** The link to a node, made if there is none there yet; one to the same node at another place is closed. */
    public NodeLink connect(String nodeId, NodeAddress address) {
        loop.assertCurrent();
        if (closed) {
            throw new IllegalStateException("the links are closed");
        }
        OutgoingLink before = outgoing.get(nodeId);
        if (before != null && before.address().equals(address)) {
            return before;
        }
        disconnect(nodeId);
        var link = new OutgoingLink(own, nodeId, address, this::connectSocket, countersOf(nodeId));
        outgoing.put(nodeId, link);
        link.connect();
        return link;
    }

    private Future<NetSocket> connectSocket(NodeAddress address) {
        Promise<NetSocket> connected = Promise.promise();
        // Sockets live where they are asked for, and a timer's task does not know of Vert.x' context.
        loop.context().runOnContext(turn -> client.connect(address.port(), address.host())
                .onComplete(connected));
        return connected.future();
    }

    /** Closes the link to a node, if there is one. The node may still send to us. */
    public void disconnect(String nodeId) {
        loop.assertCurrent();
        OutgoingLink link = outgoing.remove(nodeId);
        if (link != null) {
            link.close("the node is not needed any more");
        }
        forget(nodeId);
    }

    /** This node belongs to a cluster now, and did not before: all are told, over new connections. */
    public void greetAnew() {
        loop.assertCurrent();
        List.copyOf(outgoing.values()).forEach(OutgoingLink::greetAnew);
        incoming.end("the node greets anew");
    }

    /** It is there, and need not be waited for. */
    private void onCame(String nodeId) {
        OutgoingLink link = outgoing.get(nodeId);
        if (link != null) {
            link.connectNow();
        }
    }

    private LinkCounters countersOf(String nodeId) {
        return counters.computeIfAbsent(nodeId, id -> new LinkCounters());
    }

    /** Nobody can make us count for more nodes than there are connections. */
    private void forget(String nodeId) {
        if (!outgoing.containsKey(nodeId) && !incoming.hasNode(nodeId)) {
            counters.remove(nodeId);
        }
    }

    /** Of all nodes that we send to, in no order. */
    public List<LinkStatistics> statistics() {
        loop.assertCurrent();
        return outgoing.values().stream().map(OutgoingLink::statistics).toList();
    }

    /** How often somebody was not let in, or broke the protocol; a metric. */
    public long complaints() {
        loop.assertCurrent();
        return own.complaints().count();
    }

    /** Connections that others have to us now; a metric. */
    public int incomingConnections() {
        loop.assertCurrent();
        return incoming.size();
    }

    /** Stops listening, and closes all links; nobody is told. May be called on any thread. */
    public Future<Void> close() {
        Promise<Void> done = Promise.promise();
        loop.context().runOnContext(turn -> {
            closed = true;
            outgoing.values().forEach(each -> each.close("the node ends"));
            outgoing.clear();
            incoming.end("the node ends");
            server.close().eventually(client::close).onComplete(done);
        });
        return done.future();
    }
}
