package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeLinks;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does about the others that are here, now and then: connects to them, takes them in if it leads, hands shards over to
 * who leads shard 0, and notes which cluster it has been taken into. Owned by the control loop.
 */
final class Steering implements MembershipListener {
    /** Told by nodes whose journal held nothing when they started: they belong to no cluster yet. */
    static final String NEW_LOG = "new-log";

    private static final Logger log = LoggerFactory.getLogger(Steering.class);
    private static final long PERIOD_MILLIS = 100;

    private final EventLoop control;
    private final ReplicaId self;
    private final ClusterMemory memory;
    private final List<KeptShard> copies;
    private final LongSupplier millis;
    private final NodeSettings settings;

    /** Of another cluster with the same name; each is complained of once. */
    private final Set<ReplicaId> foreigners = new HashSet<>();

    private @Nullable EventLoop linkLoop;
    private @Nullable NodeLinks links;
    private volatile boolean stopped;

    /** What is there once the node has begun. */
    private record Running(Activity activity, Membership membership, Gathering gathering, Growth growth) {}

    private @Nullable Running running;

    Steering(
            EventLoop control,
            NodeSettings settings,
            ReplicaId self,
            ClusterMemory memory,
            List<KeptShard> copies,
            LongSupplier millis) {
        this.control = control;
        this.settings = settings;
        this.self = self;
        this.memory = memory;
        this.copies = copies;
        this.millis = millis;
    }

    /** By which links others are reached. Before anybody is met. */
    void connectBy(EventLoop loopOfLinks, NodeLinks nodeLinks) {
        linkLoop = loopOfLinks;
        links = nodeLinks;
    }

    /** The node has begun. Any thread. */
    void start(Activity activity, Membership membership) {
        control.execute(() -> {
            running = new Running(
                    activity,
                    membership,
                    new Gathering(self, activity, copies),
                    new Growth(
                            control,
                            self,
                            settings.copies(),
                            settings.evenAllowed(),
                            settings.replaceAfterMillis(),
                            copies));
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
            joinLeader(now);
            if (now.activity().copy(0).role() == Role.LEADER) {
                List<NodeProfile> all = now.membership().nodes();
                List<NodeProfile> ours = all.stream().filter(this::isOurs).toList();
                // A new node that two clusters took in would be told two logs.
                now.growth().onTime(ours, ours.size() == all.size(), nowMillis);
            }
        } catch (RuntimeException failed) {
            log.error("steering the node failed; it goes on", failed);
        }
        control.schedule(PERIOD_MILLIS, this::tick);
    }

    /** Who leads shard 0 here has taken this node in: its cluster is ours. */
    private void joinLeader(Running now) {
        ReplicaId leader = now.activity().copy(0).leader();
        if (leader == null || memory.clusterId() != null) {
            return;
        }
        for (NodeProfile node : now.membership().nodes()) {
            UUID cluster = node.clusterId();
            if (cluster != null && leader.equals(replicaOf(node))) {
                log.info("node {} has been taken in by node {}", self.nodeId(), node.nodeId());
                memory.join(cluster);
            }
        }
    }

    private static ReplicaId replicaOf(NodeProfile node) {
        return new ReplicaId(node.nodeId(), node.journalId());
    }

    private boolean isSelf(NodeProfile node) {
        return replicaOf(node).equals(self);
    }

    private boolean isOurs(NodeProfile node) {
        UUID ours = memory.clusterId();
        UUID theirs = node.clusterId();
        return ours == null || theirs == null || ours.equals(theirs);
    }

    @Override
    public void onNodeHere(NodeProfile node) {
        if (isSelf(node)) {
            memory.onNodes(List.of(node));
            return;
        }
        if (!isOurs(node)) {
            if (foreigners.add(replicaOf(node))) {
                log.error(
                        "node {} at {} belongs to another cluster of the same name, {}: this node has begun one of its"
                                + " own, or that one has. Stop one of the two, and start it with another cluster.name, or"
                                + " with an empty data directory and --join. Nothing is exchanged with it",
                        node.nodeId(),
                        node.link(),
                        settings.discovery().cluster());
            }
            return;
        }
        memory.onNodes(List.of(node));
        var reaching = links;
        var loop = linkLoop;
        if (reaching != null && loop != null) {
            loop.execute(() -> {
                if (!stopped) {
                    reaching.connect(node.nodeId(), node.link());
                }
            });
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
