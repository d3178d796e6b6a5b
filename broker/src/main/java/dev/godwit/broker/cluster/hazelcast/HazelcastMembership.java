package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import dev.godwit.broker.cluster.Hints;
import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership by Hazelcast. Its threads own nothing: what they hear goes to the control loop, which owns what is known. When Hazelcast
 * has ended, that stays.
 */
public final class HazelcastMembership implements Membership {
    private static final Logger log = LoggerFactory.getLogger(HazelcastMembership.class);

    private final EventLoop loop;
    private final MembershipListener listener;
    private final HazelcastInstance hazelcast;
    private final HintCarrier hints;
    /** As it was last seen, by ids. */
    private final Map<String, NodeProfile> known = new TreeMap<>();
    /** Members that are no nodes, so that each is named once. */
    private final Set<UUID> strangers = new HashSet<>();
    /** Written by the control loop, read by anybody. */
    private volatile List<NodeProfile> nodes;
    /** Set while this half of a cluster joins the other one: Hazelcast's list has nobody but this node then. */
    private volatile boolean merging;

    private volatile boolean closed;

    private HazelcastMembership(
            EventLoop loop, MembershipListener listener, HazelcastInstance hazelcast, NodeProfile own) {
        this.loop = loop;
        this.listener = listener;
        this.hazelcast = hazelcast;
        nodes = List.of(own);
        hints = new HintCarrier(loop, hazelcast);
    }

    /**
     * Joins, or begins a cluster; blocks, for a second or more.
     *
     * @param own what this node tells about itself
     * @param loop the control loop
     * @throws IllegalStateException when it cannot listen, or nodes that it knows refuse it
     */
    public static HazelcastMembership start(
            HazelcastSettings settings, NodeProfile own, EventLoop loop, MembershipListener listener) {
        HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(HazelcastConfiguration.of(settings, own));
        try {
            var membership = new HazelcastMembership(loop, listener, hazelcast, own);
            membership.listen();
            log.info(
                    "node {} is in cluster {}, at {}:{}, with {} others",
                    own.nodeId(),
                    settings.cluster(),
                    settings.host(),
                    settings.port(),
                    hazelcast.getCluster().getMembers().size() - 1);
            return membership;
        } catch (RuntimeException | Error failed) {
            // Its threads would keep the process alive.
            hazelcast.getLifecycleService().terminate();
            throw failed;
        }
    }

    /**
     * Each event says only that it is time to look: a node that joins with its half of a cluster has a new id of Hazelcast's
     * afterwards, and of its old list nobody hears that it is no more.
     */
    private void listen() {
        hazelcast.getLifecycleService().addLifecycleListener(event -> onLifecycle(event.getState()));
        hazelcast.getCluster().addMembershipListener(new com.hazelcast.cluster.MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                lookSoon();
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                lookSoon();
            }
        });
        lookSoon();
        hints.start();
    }

    private void onLifecycle(LifecycleState state) {
        if (state == LifecycleState.MERGING) {
            merging = true;
        } else if (state == LifecycleState.MERGED || state == LifecycleState.MERGE_FAILED) {
            merging = false;
            lookSoon();
        }
    }

    private void lookSoon() {
        loop.execute(this::look);
    }

    /** Takes the list whole, and tells the difference. */
    private void look() {
        Collection<Member> members;
        try {
            members = hazelcast.getCluster().getMembers();
        } catch (HazelcastInstanceNotActiveException ended) {
            log.debug("Hazelcast has ended; who was here stays so");
            return;
        }
        // Asked afterwards: then the list is from before, or from after that.
        if (!merging && !closed && hazelcast.getLifecycleService().isRunning()) {
            onMembers(members);
        }
    }

    private void onMembers(Collection<Member> members) {
        strangers.retainAll(members.stream().map(Member::getUuid).toList());
        // In the order of coming: of a node that has come again, and may be there twice for some seconds, the last one
        // counts.
        Map<String, NodeProfile> now = new TreeMap<>();
        for (Member member : members) {
            NodeProfile node = ProfileAttributes.read(member.getAttributes());
            if (node != null) {
                now.put(node.nodeId(), node);
            } else if (strangers.add(member.getUuid())) {
                log.warn("a member at {} is no node of ours, and is passed over", member.getAddress());
            }
        }
        Map<String, NodeProfile> before = Map.copyOf(known);
        known.clear();
        known.putAll(now);
        nodes = List.copyOf(now.values());
        now.forEach((nodeId, node) -> tellHere(before.get(nodeId), node));
        before.forEach((nodeId, node) -> {
            if (!now.containsKey(nodeId)) {
                log.info("node {} is gone", nodeId);
                listener.onNodeGone(node);
            }
        });
    }

    private void tellHere(@Nullable NodeProfile before, NodeProfile node) {
        if (before == null) {
            log.info("node {} is here, at {}", node.nodeId(), node.link());
        } else if (!before.journalId().equals(node.journalId())) {
            log.warn(
                    "node {} is here with another journal: {} instead of {}",
                    node.nodeId(),
                    node.journalId(),
                    before.journalId());
        }
        if (!node.equals(before)) {
            listener.onNodeHere(node);
        }
    }

    /** For tests, which look into it. */
    HazelcastInstance hazelcast() {
        return hazelcast;
    }

    @Override
    public List<NodeProfile> nodes() {
        return nodes;
    }

    @Override
    public Hints hints() {
        return hints;
    }

    @Override
    public void close() {
        closed = true;
        hints.close();
        hazelcast.shutdown();
    }
}
