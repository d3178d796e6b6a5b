package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.node.Kinship.Kin;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does about the others that are here, now and then: connects to them, takes them in if it leads, hands shards over to
 * who leads shard 0, and notes which cluster it has been taken into. Owned by the control loop.
 */
final class Steering implements MembershipListener {
    /** Told by nodes whose journal held nothing when they started: while they belong to no cluster, they may be taken into one. */
    static final String NEW_LOG = "new-log";

    private static final Logger log = LoggerFactory.getLogger(Steering.class);
    private static final long PERIOD_MILLIS = 100;

    private final EventLoop control;
    private final ReplicaId self;
    private final ClusterMemory memory;
    private final Kinship kinship;
    private final List<KeptShard> copies;
    private final LongSupplier millis;
    private final NodeSettings settings;
    private final Operations operations;

    /** Of another cluster with the same name; each is complained of once. */
    private final Set<ReplicaId> foreigners = new HashSet<>();

    private @Nullable Reach reach;
    private volatile boolean stopped;

    /** What is there once the node has begun. */
    private record Running(
            Activity activity,
            Supplier<List<NodeProfile>> nodes,
            Gathering gathering,
            Rally rally,
            Growth growth,
            Forgetting forgetting) {}

    private @Nullable Running running;

    Steering(
            EventLoop control,
            NodeSettings settings,
            ReplicaId self,
            ClusterMemory memory,
            Kinship kinship,
            List<KeptShard> copies,
            Operations operations,
            LongSupplier millis) {
        this.operations = operations;
        this.control = control;
        this.settings = settings;
        this.self = self;
        this.memory = memory;
        this.kinship = kinship;
        this.copies = copies;
        this.millis = millis;
    }

    /** How others are reached. Before anybody is met. */
    void connectBy(Reach links) {
        reach = links;
    }

    /** A copy has become something else. */
    void onCopy(CopyState copy) {
        var now = running;
        if (now != null) {
            now.rally().onCopy(copy);
            now.gathering().onCopy(copy, millis.getAsLong());
        }
    }

    /**
     * The node has begun. Any thread.
     *
     * @param nodes who is here, this node included; empty while nobody can tell
     */
    void start(Activity activity, Supplier<List<NodeProfile>> nodes) {
        control.execute(() -> {
            running = new Running(
                    activity,
                    nodes,
                    new Gathering(self, activity, copies, operations::rests),
                    new Rally(activity, copies),
                    new Growth(
                            control,
                            self,
                            settings.copies(),
                            settings.evenAllowed(),
                            settings.replaceAfterMillis(),
                            copies,
                            operations::rests),
                    new Forgetting(control, memory, copies, settings.replaceAfterMillis()));
            tick();
        });
    }

    private void tick() {
        var now = running;
        if (stopped || now == null) {
            return;
        }
        try {
            long nowMillis = millis.getAsLong();
            now.gathering().onTime(nowMillis);
            now.rally().onTime();
            operations.onTime(nowMillis);
            joinLeader(now);
            List<NodeProfile> here = now.nodes().get();
            if (!here.isEmpty()) {
                onHere(now, here, nowMillis);
            }
        } catch (RuntimeException failed) {
            log.error("steering the node failed; it goes on", failed);
        }
        control.schedule(PERIOD_MILLIS, this::tick);
    }

    private void onHere(Running now, List<NodeProfile> here, long nowMillis) {
        here.stream().filter(node -> !isSelf(node)).forEach(this::checkForeign);
        memory.onNodes(here.stream()
                .filter(node -> isSelf(node) || kinship.of(node) == Kin.OURS)
                .toList());
        now.forgetting().onTime(here, nowMillis);
        if (now.activity().copy(0).role() == Role.LEADER) {
            now.growth().onTime(ours(here), mayJoin(here), nowMillis);
        }
    }

    private List<NodeProfile> ours(List<NodeProfile> here) {
        return here.stream()
                .filter(node -> isSelf(node) || kinship.of(node) != Kin.FOREIGN)
                .toList();
    }

    /**
     * Who may be given copies: those of this cluster, and those of none whose log is new. One whose log is not new may have begun a
     * cluster that nobody told us of; and while another cluster is here, one that both took in would be told two logs.
     */
    private Set<ReplicaId> mayJoin(List<NodeProfile> here) {
        boolean alone = ours(here).size() == here.size();
        return here.stream()
                .filter(node -> isSelf(node)
                        || switch (kinship.of(node)) {
                            case OURS -> true;
                            case NONE -> alone && node.capabilities().contains(NEW_LOG);
                            case UNKNOWN, FOREIGN -> false;
                        })
                .map(Steering::replicaOf)
                .collect(Collectors.toSet());
    }

    /** Who leads shard 0 here has taken this node in: its cluster is ours. */
    private void joinLeader(Running now) {
        ReplicaId leader = now.activity().copy(0).leader();
        if (leader == null || memory.clusterId() != null) {
            return;
        }
        UUID cluster = kinship.clusterOf(leader);
        if (cluster != null) {
            log.info("node {} has been taken in by node {}", self.nodeId(), leader.nodeId());
            memory.join(cluster);
            var links = reach;
            if (links != null) {
                links.greetAnew();
            }
        }
    }

    private static ReplicaId replicaOf(NodeProfile node) {
        return new ReplicaId(node.nodeId(), node.journalId());
    }

    private boolean isSelf(NodeProfile node) {
        return replicaOf(node).equals(self);
    }

    /** Nothing goes to a node of another cluster. */
    private boolean checkForeign(NodeProfile node) {
        if (kinship.of(node) != Kin.FOREIGN) {
            return false;
        }
        if (foreigners.add(replicaOf(node))) {
            log.error(
                    "node {} at {} belongs to another cluster of the same name, {}: this node has begun one of its"
                            + " own, or that one has, or one of the two was made to lead alone. Stop one of them, and"
                            + " start it with another cluster.name, or with an empty data directory and --join. Nothing"
                            + " is exchanged with it",
                    node.nodeId(),
                    node.link(),
                    settings.discovery().cluster());
            var links = reach;
            if (links != null) {
                links.disconnect(node.nodeId());
            }
        }
        return true;
    }

    @Override
    public void onNodeHere(NodeProfile node) {
        if (isSelf(node)) {
            return;
        }
        kinship.onHere(node);
        var links = reach;
        if (!checkForeign(node) && links != null && !stopped) {
            links.connect(node.nodeId(), node.link());
        }
    }

    @Override
    public void onNodeGone(NodeProfile node) {
        // Its link tries on: that list may be wrong, and it may be back soon.
        log.debug("{} is not seen any more", node);
    }

    /** This node leads all shards and cannot serve. */
    void onCannotServe() {
        var now = running;
        if (now != null) {
            now.growth().handOver();
        }
    }

    /** Any thread. */
    void stop() {
        stopped = true;
    }
}
