package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who serves is who says so, as long as shard 0 does not say otherwise. */
class WhoServesTest {
    private static final NodeIdentity N1 = node("n1", "10.0.0.1");
    private static final NodeIdentity N2 = node("n2", "10.0.0.2");

    private final ManualEventLoop control = new ManualEventLoop();
    private final List<@Nullable ActiveNode> told = new ArrayList<>();
    private final WhoServes whoServes = new WhoServes(control, told::add);

    private static NodeIdentity node(String name, String host) {
        return new NodeIdentity("test", name, new UUID(1, name.hashCode()), new NodeAddress(host, 7000));
    }

    private void says(NodeIdentity from, long epoch, Integer... doors) {
        control.run(
                () -> whoServes.onNotice(from, new NodeNotice(epoch, List.of(doors), NodeNotice.Standing.MAY_LEAD)));
    }

    private void leads(@Nullable NodeIdentity leader, long epoch) {
        var replica = leader == null ? null : new ReplicaId(leader.nodeId(), leader.journalId());
        control.run(() -> whoServes.onCopy(new CopyState(0, Role.FOLLOWER, epoch, replica, false)));
    }

    private static ActiveNode active(NodeIdentity node, int door) {
        return new ActiveNode(
                node.nodeId(), List.of(new NodeAddress(node.address().host(), door)));
    }

    @Test
    void believesWhoLeadsShardZero() {
        leads(N1, 5);
        assertThat(told).isEmpty();
        says(N1, 5, 4001);
        says(N1, 5, 4001);
        assertThat(told).containsExactly(active(N1, 4001));
    }

    @Test
    void believesWhoServesInAnEpochThatIsNotKnownHereYet() {
        says(N1, 5, 4001);
        says(N2, 6, 4002);
        assertThat(told).containsExactly(active(N1, 4001), active(N2, 4002));
    }

    @Test
    void doesNotBelieveWhoWasDeposedAndDoesNotKnow() {
        leads(N2, 6);
        says(N1, 5, 4001);
        assertThat(told).isEmpty();
        says(N2, 6, 4002);
        says(N1, 5, 4001);
        assertThat(told).containsExactly(active(N2, 4002));
    }

    @Test
    void knowsNobodyWhileNoLeaderIsHeard() {
        leads(N1, 5);
        says(N1, 5, 4001);
        leads(null, 5);
        leads(N1, 5);
        assertThat(told).containsExactly(active(N1, 4001), null, active(N1, 4001));
    }

    @Test
    void knowsNobodyWhenItServesNoMore() {
        leads(N1, 5);
        says(N1, 5, 4001);
        says(N1, 5);
        says(N1, 5, 4009);
        assertThat(told).containsExactly(active(N1, 4001), null, active(N1, 4009));
    }
}
