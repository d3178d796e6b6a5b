package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.vertx.VertxLoops;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A node with nothing but its links, on an event loop of its own; what it hears is recorded, and can be read on any thread. */
final class LinkedNode implements NodeLinkListener, Belonging, AutoCloseable {
    final List<String> events = new CopyOnWriteArrayList<>();
    final List<Received> received = new CopyOnWriteArrayList<>();
    /** Called on the loop when there is room again. */
    volatile Consumer<NodeLink> onWritable = link -> {};

    /** To which cluster it belongs. */
    volatile @Nullable UUID clusterId;

    /** What others said of themselves: "n2 belongs to …". */
    final List<String> kin = new CopyOnWriteArrayList<>();

    private final VertxLoops loops = new VertxLoops(1);
    private final NodeLinks links;

    record Received(String from, LinkChannel channel, int bytes, long firstBytes) {}

    LinkedNode(String nodeId) {
        this(nodeId, LinkSettings.withoutTls().withTimes(50, 1_000, 2_000));
    }

    LinkedNode(String nodeId, LinkSettings settings) {
        this(
                new NodeIdentity("test", nodeId, UUID.randomUUID(), new NodeAddress("127.0.0.1", 0)),
                settings,
                VersionRange.OURS);
    }

    LinkedNode(NodeIdentity identity, LinkSettings settings, VersionRange versions) {
        links = NodeLinks.start(loops.vertx(), loops.loop(0), identity, settings, versions, this, this)
                .await();
    }

    NodeIdentity identity() {
        return links.identity();
    }

    NodeLinks links() {
        return links;
    }

    NodeLink connect(LinkedNode other) {
        return connect(other, other.identity().address().port());
    }

    /** Through another port, which leads there. */
    NodeLink connect(LinkedNode other, int port) {
        return on(() -> links.connect(other.identity().nodeId(), new NodeAddress("127.0.0.1", port)));
    }

    NodeLink connectAndWait(LinkedNode other) {
        var link = connect(other);
        await(() -> on(link::isOpen));
        return link;
    }

    /** Sends so many bytes, the first eight of which are the number. */
    boolean send(NodeLink link, LinkChannel channel, int size, long number) {
        return on(() -> link.send(channel, List.of(payload(size, number))));
    }

    static ByteBuffer payload(int size, long number) {
        return ByteBuffer.allocateDirect(size).putLong(0, number);
    }

    LinkStatistics statistics(NodeLink link) {
        return on(link::statistics);
    }

    long complaints() {
        return on(links::complaints);
    }

    int incomingConnections() {
        return on(links::incomingConnections);
    }

    <T> T on(Callable<T> task) {
        var done = new CompletableFuture<T>();
        loops.loop(0).context().runOnContext(turn -> {
            try {
                done.complete(task.call());
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        return done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).until(condition);
    }

    /** It is taken into a cluster. */
    void join(UUID id) {
        clusterId = id;
        on(() -> {
            links.greetAnew();
            return id;
        });
    }

    @Override
    public @Nullable UUID clusterId() {
        return clusterId;
    }

    @Override
    public void onGreeted(NodeIdentity node, @Nullable UUID itsClusterId) {
        kin.add(node.nodeId() + " belongs to " + itsClusterId);
    }

    @Override
    public void onForeign(String nodeId) {
        kin.add(nodeId + " belongs elsewhere");
    }

    @Override
    public void onLinkOpen(NodeLink link, NodeIdentity peer) {
        events.add("open " + peer.nodeId());
    }

    @Override
    public void onLinkLost(NodeLink link, String reason) {
        events.add("lost " + link.nodeId() + ": " + reason);
    }

    @Override
    public void onLinkWritable(NodeLink link) {
        events.add("writable " + link.nodeId());
        onWritable.accept(link);
    }

    @Override
    public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
        received.add(new Received(from.nodeId(), channel, payload.remaining(), payload.getLong(payload.position())));
    }

    @Override
    public void close() {
        links.close().await();
        loops.close();
    }
}
