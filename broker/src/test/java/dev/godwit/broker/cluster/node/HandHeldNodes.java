package dev.godwit.broker.cluster.node;

import static org.awaitility.Awaitility.await;

import dev.godwit.broker.cluster.Hints;
import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.LinkSettings;
import dev.godwit.broker.cluster.link.LinkStatistics;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.shard.LeaderListener;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord.DefinitionStored;
import dev.godwit.storage.replica.ReplicatedJournal;
import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicationSettings;
import dev.godwit.storage.replication.Role;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in one process, each with a real journal and its copies of a few shards. The test has the list of who is here in its hands, the lines between
 * them, the clock, and the one loop on which everything of all nodes runs.
 */
final class HandHeldNodes implements AutoCloseable {
    static final int SHARDS = 3;
    static final long REPLACE_AFTER_MILLIS = 5_000;

    /** The name of the node that is one. */
    static final String WITNESS = "witness";

    private static final long TICK_MILLIS = 20;

    /** What a node says about a shard does not arrive, and it hears nothing of it. */
    private record Deaf(String node, int shard) {}

    private record Line(String from, String to) {}

    final ManualEventLoop loop = new ManualEventLoop();
    private final Path directory;
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, NodeProfile> present = new TreeMap<>();
    private final Set<Deaf> deaf = new HashSet<>();
    private final Map<Line, NoticeLine> lines = new HashMap<>();

    /** What goes this way between two nodes that is not about a shard is lost. */
    private final Set<Line> silent = new HashSet<>();

    private int lives;

    HandHeldNodes(Path directory) {
        this.directory = directory;
    }

    /** A node that serves nobody: it opens the logs of its shards when it leads them. */
    final class Node implements Service, Activity.Renewal, Membership, Reach {
        final String name;
        final ReplicatedJournal journal;
        final ClusterMemory memory;
        final Kinship kinship;
        final List<KeptShard> copies = new ArrayList<>();
        final List<String> done = new CopyOnWriteArrayList<>();
        final Activity activity;
        final Path place;
        final Notices notices;
        final Operations operations;
        final Steering steering;

        /** Of the last term. */
        final List<ShardLog> logs = new CopyOnWriteArrayList<>();

        final Set<Integer> deposed = new HashSet<>();

        /** Nobody can tell it who is here. */
        boolean blind;

        private Node(String name, Path place) throws Exception {
            this.name = name;
            this.place = place;
            journal = ReplicatedJournal.open(
                    JournalConfiguration.defaults(place).withSegmentBytes(1 << 20),
                    name,
                    SHARDS,
                    ReplicationSettings.DEFAULT,
                    3,
                    failure -> done.add("failed: " + failure));
            memory = new ClusterMemory(place);
            kinship = new Kinship(loop, memory::clusterId);
            activity =
                    new Activity(loop, name, SHARDS, this, this, (epoch, doors) -> {}, () -> done.add("cannot serve"));
            notices = new Notices(loop, loop, new Notices.Listener() {
                @Override
                public void onNotice(NodeIdentity from, NodeNotice notice) {
                    operations.onNotice(from, notice);
                }

                @Override
                public void onRestWanted(NodeIdentity from, boolean rest) {
                    operations.onRestWanted(from, rest);
                }
            });
            operations = new Operations(
                    loop, "test", id(), WITNESS.equals(name), memory, copies, notices, this::firstCopy, this::nodes);
            steering = new Steering(
                    loop, settings(name, place), id(), memory, kinship, copies, operations, loop::nowMillis);
            steering.connectBy(this);
            loop.run(() -> {
                for (int shard = 0; shard < SHARDS; shard++) {
                    copies.add(new KeptShard(
                            shard,
                            loop,
                            loop::nowMillis,
                            journal,
                            (number, to, message, urgent) -> send(name, to, number, message),
                            loop,
                            this::onCopy));
                }
            });
        }

        private CopyState firstCopy() {
            return activity.copy(0);
        }

        ReplicaId id() {
            return journal.self();
        }

        NodeIdentity identity() {
            return new NodeIdentity("test", name, id().journalId(), new NodeAddress(name, 7000));
        }

        /** What it tells from its start on. */
        NodeProfile profile(boolean isNew) {
            return new NodeProfile(
                    name,
                    id().journalId(),
                    memory.clusterId(),
                    new NodeAddress(name, 7000),
                    new NodeAddress(name, 7001),
                    List.of("amqp://" + name + ":5672"),
                    "",
                    isNew ? Set.of(Steering.NEW_LOG) : Set.of());
        }

        ShardCopyStatus status(int shard) {
            return on(() -> copies.get(shard).status());
        }

        boolean leads(int shard) {
            return status(shard).role() == Role.LEADER;
        }

        boolean isVoter(Node node) {
            return copies.stream()
                    .allMatch(copy -> status(copy.number()).voters().voters().contains(node.id()));
        }

        boolean keeps(Node node) {
            return Growth.keepers(
                            copies.stream().map(copy -> status(copy.number())).toList())
                    .contains(node.id());
        }

        @Override
        public void leadAnew(int shard, long epoch) {
            loop.execute(() -> copies.get(shard).leadAnew(epoch));
        }

        @Override
        public List<Integer> begin(Term term) {
            for (int shard = 0; shard < SHARDS; shard++) {
                int number = shard;
                logs.add(CompletableFuture.supplyAsync(
                                () -> copies.get(number).lead(term.epochOf(number), listener(number)), loop)
                        .join());
            }
            done.add("begin");
            return List.of();
        }

        @Override
        public void onActive(@Nullable ActiveNode node) {
            // Nobody is passed on.
        }

        private void onCopy(CopyState copy) {
            activity.onCopy(copy);
            steering.onCopy(copy);
        }

        LeaderListener listener(int shard) {
            return new LeaderListener() {
                @Override
                public void onDeposed() {
                    deposed.add(shard);
                }

                @Override
                public void onCommitted(long index) {
                    // Nobody waits.
                }

                @Override
                public void onJournalLost() {
                    done.add("lost");
                }
            };
        }

        @Override
        public void end() {
            done.add("end");
            logs.clear();
        }

        @Override
        public List<NodeProfile> nodes() {
            return blind ? List.of() : List.copyOf(present.values());
        }

        @Override
        public Hints hints() {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public void connect(String nodeId, NodeAddress address) {
            loop.execute(() -> {
                Node other = nodes.get(nodeId);
                if (other != null) {
                    greet(this, other);
                }
            });
        }

        @Override
        public void disconnect(String nodeId) {
            loop.execute(() -> lose(new Line(name, nodeId)));
        }

        @Override
        public void greetAnew() {
            loop.execute(() -> nodes.values().forEach(other -> {
                if (lines.containsKey(new Line(name, other.name))) {
                    greet(this, other);
                }
                if (lines.containsKey(new Line(other.name, name))) {
                    greet(other, this);
                }
            }));
        }

        @Override
        public void close() {
            steering.stop();
            notices.stop();
            var closing = CompletableFuture.runAsync(activity::close);
            await().until(() -> {
                loop.runTasks();
                return closing.isDone();
            });
            journal.close();
            memory.close();
        }
    }

    private static NodeSettings settings(String name, Path place) {
        return new NodeSettings(
                name,
                place,
                new NodeAddress(name, 7000),
                LinkSettings.withoutTls(),
                new HazelcastSettings("test", name, 7001, List.of(), false, null),
                false,
                "",
                3,
                false,
                REPLACE_AFTER_MILLIS,
                WITNESS.equals(name),
                List.of());
    }

    /** As links greet: who is of another cluster is not let in. */
    private void greet(Node from, Node to) {
        UUID one = from.memory.clusterId();
        UUID other = to.memory.clusterId();
        to.kinship.onGreeted(from.identity(), one);
        if (one != null && other != null && !one.equals(other)) {
            from.kinship.onForeign(to.name);
            lose(new Line(from.name, to.name));
        } else {
            from.kinship.onGreeted(to.identity(), other);
            var line = new Line(from.name, to.name);
            if (!lines.containsKey(line)) {
                var notices = new NoticeLine(from, to.name);
                lines.put(line, notices);
                from.notices.onLinkOpen(notices, to.identity());
            }
        }
    }

    private void lose(Line line) {
        NoticeLine lost = lines.remove(line);
        if (lost != null) {
            lost.from.notices.onLinkLost(lost, "cut");
        }
    }

    /** By which a node says to another one what it is. */
    private final class NoticeLine implements NodeLink {
        private final Node from;
        private final String to;

        private NoticeLine(Node from, String to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public String nodeId() {
            return to;
        }

        @Override
        public boolean isOpen() {
            return lines.containsKey(new Line(from.name, to));
        }

        @Override
        public boolean isWritable() {
            return isOpen();
        }

        @Override
        public boolean send(LinkChannel channel, List<ByteBuffer> payload) {
            if (!isOpen()) {
                return false;
            }
            if (silent.contains(new Line(from.name, to))) {
                return true;
            }
            ByteBuffer bytes = joined(payload);
            loop.execute(() -> {
                Node node = nodes.get(to);
                if (node != null) {
                    node.notices.onMessage(from.identity(), channel, bytes);
                }
            });
            return true;
        }

        @Override
        public boolean sendUrgent(LinkChannel channel, List<ByteBuffer> payload) {
            return send(channel, payload);
        }

        @Override
        public int messageBytesMax() {
            return Integer.MAX_VALUE;
        }

        @Override
        public LinkStatistics statistics() {
            throw new UnsupportedOperationException("nobody asks");
        }
    }

    /** A node that begins a cluster, and leads all. */
    Node found(String name) throws Exception {
        Node node = new Node(name, directory.resolve(name + "-" + lives++));
        node.memory.found(node.id().journalId());
        begin(node, true, true);
        until(() -> node.activity.state() == ActivityState.ACTIVE);
        return node;
    }

    /** A node that waits to be taken in. */
    Node add(String name) throws Exception {
        Node node = new Node(name, directory.resolve(name + "-" + lives++));
        begin(node, false, true);
        return node;
    }

    /** A node that began a cluster and two others that it has taken in. */
    List<Node> ofThree() throws Exception {
        var all = List.of(found("n1"), add("n2"), add("n3"));
        Node first = all.get(0);
        until(() -> all.stream().allMatch(first::isVoter));
        return all;
    }

    private void begin(Node node, boolean founds, boolean isNew) {
        nodes.put(node.name, node);
        loop.run(() -> {
            node.copies.forEach(copy -> copy.start(founds));
            node.operations.begin();
        });
        node.notices.start();
        node.steering.start(node.activity, node::nodes);
        come(node, node.profile(isNew));
    }

    private void come(Node node, NodeProfile profile) {
        loop.run(() -> {
            present.put(node.name, profile);
            nodes.values().forEach(each -> {
                each.steering.onNodeHere(profile);
                if (each != node && present.containsKey(each.name)) {
                    node.steering.onNodeHere(Objects.requireNonNull(present.get(each.name)));
                }
            });
        });
    }

    /** Nobody sees the node any more. */
    void leave(Node node) {
        NodeProfile profile = Objects.requireNonNull(present.remove(node.name));
        loop.run(() -> nodes.values().forEach(each -> each.steering.onNodeGone(profile)));
    }

    /** It is seen again. */
    void comeBack(Node node) {
        come(node, node.profile(false));
    }

    /** The process is gone. */
    void end(Node node) {
        leave(node);
        nodes.remove(node.name, node);
        loop.run(() -> List.copyOf(lines.keySet()).stream()
                .filter(line -> line.from.equals(node.name) || line.to.equals(node.name))
                .forEach(this::lose));
        node.close();
    }

    /** The process is gone, and another one has begun with what it left. */
    Node restart(Node node) throws Exception {
        end(node);
        return again(node);
    }

    /** Another process begins with what one left that has ended. */
    Node again(Node ended) throws Exception {
        Node again = new Node(ended.name, ended.place);
        begin(again, false, false);
        return again;
    }

    private void send(String from, ReplicaId to, int shard, List<ByteBuffer> message) {
        ByteBuffer joined = joined(message);
        loop.execute(() -> {
            Node node = nodes.get(to.nodeId());
            if (node != null
                    && lines.containsKey(new Line(from, node.name))
                    && !deaf.contains(new Deaf(from, shard))
                    && !deaf.contains(new Deaf(node.name, shard))) {
                node.copies.get(shard).onMessage(from, joined);
            }
        });
    }

    private static ByteBuffer joined(List<ByteBuffer> message) {
        var joined = ByteBuffer.allocate(
                message.stream().mapToInt(ByteBuffer::remaining).sum());
        message.forEach(piece -> joined.put(piece.duplicate()));
        return joined.flip();
    }

    /** Nothing of that shard goes to the node or comes from it any more, until {@link #heal}. */
    void cut(Node node, int shard) {
        deaf.add(new Deaf(node.name, shard));
    }

    /** What a node says of itself, or orders, does not come to the other one any more, until {@link #heal}. */
    void silence(Node from, Node to) {
        silent.add(new Line(from.name, to.name));
    }

    /** A node lacks something of shard 0 from now on, and gets nothing of it, until {@link #heal}. */
    void fallBehind(Node node) {
        cut(node, 0);
        Node leader = Objects.requireNonNull(leader(0));
        loop.run(() -> leader.logs.get(0).append(new DefinitionStored("kind", "key", ByteBuffer.allocate(0))));
    }

    /** The node takes nobody for connected, while copies of shards hear each other as before. */
    void loseNotices(Node node) {
        lines.values().stream()
                .filter(line -> line.from == node)
                .forEach(line -> node.notices.onLinkLost(line, "as the test wants it"));
    }

    void heal() {
        deaf.clear();
        silent.clear();
    }

    /** Who serves the shard; null for nobody. */
    @Nullable
    Node leader(int shard) {
        return nodes.values().stream()
                .filter(node -> node.status(shard).serving())
                .findFirst()
                .orElse(null);
    }

    <T> T on(Supplier<T> question) {
        var answer = new CompletableFuture<T>();
        loop.run(() -> answer.complete(question.get()));
        return Objects.requireNonNull(answer.getNow(null));
    }

    /** Lets time pass until that is so. Disks are real, and have to keep up. */
    void until(BooleanSupplier condition) {
        until("is so", condition);
    }

    /** The same; a failure says what was waited for. */
    void until(String what, BooleanSupplier condition) {
        await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .pollInSameThread()
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    pass();
                    return condition.getAsBoolean();
                });
    }

    private void pass() {
        loop.advance(TICK_MILLIS);
        loop.run(() -> nodes.values().forEach(node -> node.copies.forEach(KeptShard::onTime)));
    }

    /** Lets so much time pass. */
    void goOn(long millis) {
        long end = loop.nowMillis() + millis;
        until(() -> loop.nowMillis() >= end);
    }

    @Override
    public void close() {
        nodes.values().forEach(Node::close);
    }
}
