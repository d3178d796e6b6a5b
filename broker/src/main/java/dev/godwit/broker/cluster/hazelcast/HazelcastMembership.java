package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.cluster.InitialMembershipEvent;
import com.hazelcast.cluster.InitialMembershipListener;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.godwit.broker.cluster.Hints;
import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    /** By Hazelcast's id of a member: a node that has come again may be there twice for some seconds. In the order of coming. */
    private final Map<UUID, NodeProfile> members = new LinkedHashMap<>();
    /** Written by the control loop, read by anybody. */
    private volatile List<NodeProfile> nodes;

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
    }

    private void listen() {
        hazelcast.getCluster().addMembershipListener(new InitialMembershipListener() {
            @Override
            public void init(InitialMembershipEvent event) {
                var all = List.copyOf(event.getMembers());
                loop.execute(() -> onMembers(all));
            }

            @Override
            public void memberAdded(MembershipEvent event) {
                loop.execute(() -> onMember(event.getMember()));
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                loop.execute(() -> onMemberGone(event.getMember().getUuid()));
            }
        });
        hints.start();
    }

    private void onMembers(Collection<Member> all) {
        all.forEach(this::onMember);
    }

    private void onMember(Member member) {
        NodeProfile node = ProfileAttributes.read(member.getAttributes());
        if (node == null) {
            log.warn("a member at {} is no node of ours, and is passed over", member.getAddress());
            return;
        }
        NodeProfile before = profileOf(node.nodeId());
        members.put(member.getUuid(), node);
        publish();
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

    private void onMemberGone(UUID memberId) {
        NodeProfile gone = members.remove(memberId);
        if (gone == null) {
            return;
        }
        publish();
        NodeProfile left = profileOf(gone.nodeId());
        if (left == null) {
            log.info("node {} is gone", gone.nodeId());
            listener.onNodeGone(gone);
        } else if (!left.equals(gone)) {
            listener.onNodeHere(left);
        }
    }

    /** What the node says of itself that came last, of several with the same id. */
    private @Nullable NodeProfile profileOf(String nodeId) {
        NodeProfile last = null;
        for (NodeProfile each : members.values()) {
            if (each.nodeId().equals(nodeId)) {
                last = each;
            }
        }
        return last;
    }

    private void publish() {
        Map<String, NodeProfile> byId = new TreeMap<>(Comparator.naturalOrder());
        members.values().forEach(each -> byId.put(each.nodeId(), each));
        nodes = List.copyOf(byId.values());
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
        hints.close();
        hazelcast.shutdown();
    }
}
