package dev.godwit.storage.replica;

import static org.awaitility.Awaitility.await;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.replication.ChangeAnswer;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicationSettings;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.segment.Records;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Nodes in one process, each with a real journal and its threads on a disk in memory. The test has the lines between them and the
 * clock in its hands; what nodes do, they do on the thread of the test.
 */
final class HandHeldCluster implements AutoCloseable {
    private static final long TICK_MILLIS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A message on its way. */
    private record Sent(String from, ReplicaId to, int shard, ByteBuffer bytes) {}

    private record Line(String from, String to) {}

    final Random random;
    final int shardCount;
    final long recentBytesMax;
    final JournalConfiguration configuration;
    private final Map<String, HandHeldNode> nodes = new TreeMap<>();
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private final Set<Line> cut = new HashSet<>();
    private long millis = 10_000;
    private long tickedMillis;
    private int lostPercent;

    private Runnable watching = () -> {};

    /** Of states, and the answers to them. */
    int piecesSent;

    HandHeldCluster(long seed, int shardCount, JournalConfiguration configuration, long recentBytesMax) {
        random = new Random(seed);
        this.shardCount = shardCount;
        this.configuration = configuration;
        this.recentBytesMax = recentBytesMax;
    }

    static JournalConfiguration configuration() {
        return JournalConfiguration.defaults(Path.of("in-memory")).withSegmentBytes(64 * 1024);
    }

    /** Three nodes, all of them voters of each shard; the first one leads. */
    static HandHeldCluster ofThree(int shardCount, JournalConfiguration configuration, long recentBytesMax)
            throws Exception {
        var cluster = new HandHeldCluster(1, shardCount, configuration, recentBytesMax);
        cluster.add("a").bootstrap();
        cluster.add("b").start();
        cluster.add("c").start();
        cluster.join("b");
        cluster.join("c");
        return cluster;
    }

    static HandHeldCluster ofThree() throws Exception {
        return ofThree(2, configuration(), 1 << 20);
    }

    HandHeldNode add(String name) throws Exception {
        var node = new HandHeldNode(this, name);
        nodes.put(name, node);
        return node;
    }

    HandHeldNode node(String name) {
        HandHeldNode node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException(name);
        }
        return node;
    }

    Collection<HandHeldNode> nodes() {
        return nodes.values();
    }

    /** Makes the node a voter of each shard. */
    void join(String name) {
        ReplicaId id = node(name).id();
        for (int shard = 0; shard < shardCount; shard++) {
            int number = shard;
            change(shard, voters -> voters.withLearner(id));
            until(() -> leader(number).copy(number).status().matchedIndices().getOrDefault(id, 0L) > 0);
            change(shard, voters -> voters.withVoter(id));
        }
    }

    /** Takes a node in whose disk was emptied, in the place of who it was before. */
    void replace(String name, ReplicaId before) {
        ReplicaId id = node(name).id();
        for (int shard = 0; shard < shardCount; shard++) {
            change(shard, voters -> voters.withLearner(id));
        }
        for (int shard = 0; shard < shardCount; shard++) {
            int number = shard;
            until(() -> {
                ShardCopyStatus status = leader(number).copy(number).status();
                return status.matchedIndices().getOrDefault(id, 0L) > 0;
            });
            change(shard, voters -> voters.without(before));
            change(shard, voters -> voters.withVoter(id));
        }
    }

    /** Makes the node nobody in the shard. */
    void remove(int shard, ReplicaId id) {
        change(shard, voters -> voters.without(id));
    }

    interface Change {
        Voters next(Voters voters);
    }

    void change(int shard, Change change) {
        until(() -> {
            ShardCopy copy = leader(shard).copy(shard);
            return copy.changeVoters(change.next(copy.status().voters())) == ChangeAnswer.BEGUN;
        });
        until(() -> {
            ShardCopyStatus status = leader(shard).copy(shard).status();
            return status.commitIndex() == status.lastIndex();
        });
    }

    /** The one that serves the shard, and may deliver. */
    HandHeldNode leader(int shard) {
        until(() -> leaders(shard).size() == 1);
        return leaders(shard).get(0);
    }

    private List<HandHeldNode> leaders(int shard) {
        return nodes.values().stream()
                .filter(node ->
                        node.isUp() && node.copy(shard).isServing() && node.seat(shard).leaseUntilMillis > millis)
                .toList();
    }

    /** One that leads nothing. */
    HandHeldNode follower() {
        Set<HandHeldNode> leading = new HashSet<>();
        for (int shard = 0; shard < shardCount; shard++) {
            leading.add(leader(shard));
        }
        return nodes.values().stream()
                .filter(node -> !leading.contains(node))
                .findFirst()
                .orElseThrow();
    }

    HandHeldNode otherThan(HandHeldNode one) {
        return nodes.values().stream().filter(node -> node != one).findFirst().orElseThrow();
    }

    /** So many messages come to the shard's leader and are removed again. */
    void consume(int shard, int messages) {
        HandHeldNode leader = leader(shard);
        for (int i = 0; i < messages; i++) {
            long index = leader.store(shard, Records.message(8_000, i));
            leader.log(shard).appendLazily(Records.removed(index));
        }
        goOn(50);
    }

    long millis() {
        return millis;
    }

    /** A wire that a node sends on. */
    void send(String from, ReplicaId to, int shard, List<ByteBuffer> message) {
        ByteBuffer joined = ByteBuffer.allocate(
                message.stream().mapToInt(ByteBuffer::remaining).sum());
        message.forEach(piece -> joined.put(piece.duplicate()));
        piecesSent += StateMessage.isOne(joined.duplicate().flip()) ? 1 : 0;
        sent.add(new Sent(from, to, shard, joined.flip()));
    }

    /** Has it run whenever time has passed. */
    void watch(Runnable what) {
        watching = what;
    }

    /** Nothing goes between the node and others any more. */
    void cutOff(String name) {
        for (String other : nodes.keySet()) {
            if (!other.equals(name)) {
                cut.add(new Line(name, other));
                cut.add(new Line(other, name));
            }
        }
    }

    void heal() {
        cut.clear();
        lostPercent = 0;
    }

    void lose(int percent) {
        lostPercent = percent;
    }

    /** Everybody does what there is to do now; messages arrive. */
    void turn() {
        boolean busy = true;
        while (busy) {
            busy = false;
            for (HandHeldNode node : nodes.values()) {
                busy |= node.turn();
            }
            for (Sent next = sent.poll(); next != null; next = sent.poll()) {
                busy = true;
                deliver(next);
            }
        }
    }

    private void deliver(Sent message) {
        HandHeldNode to = nodes.get(message.to().nodeId());
        boolean lost =
                cut.contains(new Line(message.from(), message.to().nodeId())) || random.nextInt(100) < lostPercent;
        if (!lost && to != null && to.isUp()) {
            to.copy(message.shard()).onMessage(message.from(), message.bytes());
        }
    }

    /** Time passes: what takes real time, the disks, is quick beside it. */
    void pass(long passedMillis) {
        millis += passedMillis;
        if (millis - tickedMillis >= TICK_MILLIS) {
            tickedMillis = millis;
            nodes.values().forEach(HandHeldNode::tick);
        }
        turn();
        watching.run();
    }

    /** Lets everybody go on until that is so. */
    void until(BooleanSupplier condition) {
        until(condition, PATIENCE);
    }

    private void until(BooleanSupplier condition, Duration patience) {
        try {
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .pollInSameThread()
                    .atMost(patience)
                    .until(() -> {
                        pass(5);
                        return condition.getAsBoolean();
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not within " + patience + ", " + this, e);
        }
    }

    /** How all stand. */
    @Override
    public String toString() {
        var text = new StringBuilder("at " + millis + " ms");
        for (HandHeldNode node : nodes.values()) {
            for (int shard = 0; shard < shardCount; shard++) {
                text.append("\n").append(node.name).append(' ').append(shard).append(": ");
                text.append(node.isUp() ? node.copy(shard).status() : "down");
            }
        }
        return text.toString();
    }

    /** Lets everybody go on for so long, by their clocks. */
    void goOn(long forMillis) {
        long end = millis + forMillis;
        until(() -> millis >= end, PATIENCE.plusMillis(20 * forMillis));
    }

    /** All nodes have all that there is, and know that it is committed. */
    void untilAllHaveAll() {
        for (int shard = 0; shard < shardCount; shard++) {
            int number = shard;
            until(() -> {
                List<ShardCopyStatus> all = nodes.values().stream()
                        .filter(HandHeldNode::isUp)
                        .map(node -> node.copy(number).status())
                        .toList();
                long last = all.get(0).lastIndex();
                return all.stream()
                        .allMatch(status -> status.lastIndex() == last
                                && status.commitIndex() == last
                                && status.durableIndex() == last);
            });
        }
    }

    ReplicationSettings settings() {
        return ReplicationSettings.DEFAULT;
    }

    @Override
    public void close() {
        nodes.values().forEach(HandHeldNode::stop);
    }
}
