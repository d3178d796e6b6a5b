package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import dev.godwit.broker.cluster.Hint;
import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node that is found by seeds, and what it was told. Owned by the test's thread, which turns its loop. */
final class HazelcastNode implements MembershipListener {
    final ManualEventLoop loop = new ManualEventLoop();
    final List<String> heard = new ArrayList<>();
    final NodeProfile profile;
    final HazelcastMembership membership;

    HazelcastNode(String nodeId, int port, List<String> seeds) {
        profile = new NodeProfile(
                nodeId,
                UUID.randomUUID(),
                nodeId.equals("c") ? null : UUID.randomUUID(),
                new NodeAddress("127.0.0.1", port),
                new NodeAddress("127.0.0.1", port + 1),
                List.of("amqp://127.0.0.1:1", "amqps://127.0.0.1:2"),
                "zone-" + nodeId,
                Set.of("x", "y"));
        membership = HazelcastMembership.start(
                new HazelcastSettings("test-" + seeds.get(0).replace(':', '-'), "127.0.0.1", port, seeds, false, null),
                profile,
                loop,
                this);
    }

    boolean knows(String... nodeIds) {
        return membership.nodes().stream().map(NodeProfile::nodeId).toList().equals(List.of(nodeIds));
    }

    void publish(String key, Hint hint) {
        loop.run(() -> membership.hints().publish(key, hint));
    }

    boolean has(String key, Hint hint) {
        var found = new ArrayList<@Nullable Hint>();
        loop.run(() -> found.add(membership.hints().get(key)));
        return hint.equals(found.get(0));
    }

    /** Takes the other one for dead, as after five silent seconds. */
    void suspect(HazelcastNode other) {
        var hazelcast = ((HazelcastInstanceProxy) membership.hazelcast()).getOriginal();
        Member member = hazelcast.getCluster().getMembers().stream()
                .filter(each -> each.getUuid()
                        .equals(other.membership.hazelcast().getLocalEndpoint().getUuid()))
                .findFirst()
                .orElse(null);
        if (member != null) {
            hazelcast.node.getClusterService().suspectMember(member, "a test", true);
        }
    }

    @Override
    public void onNodeHere(NodeProfile node) {
        heard.add("here " + node.nodeId());
    }

    @Override
    public void onNodeGone(NodeProfile node) {
        heard.add("gone " + node.nodeId());
    }
}
