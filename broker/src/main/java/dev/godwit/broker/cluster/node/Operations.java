package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators can have a node do, put together: who rests, who hands over, and who is told. Owned by the control loop. */
final class Operations {
    private static final Logger log = LoggerFactory.getLogger(Operations.class);

    private final EventLoop control;
    private final Supplier<CopyState> first;
    private final Resting resting;
    private final Handover handover;
    private final Retreat retreat;
    private final Awakening awakening;
    private final Orders orders;

    /**
     * @param cluster its name
     * @param witness whether this node rests for good
     * @param first what this node's copy of shard 0 is; asked on the control loop
     * @param here who is here; likewise
     */
    Operations(
            EventLoop control,
            String cluster,
            ReplicaId self,
            boolean witness,
            ClusterMemory memory,
            List<KeptShard> copies,
            Notices notices,
            Supplier<CopyState> first,
            Supplier<List<NodeProfile>> here) {
        this.control = control;
        this.first = first;
        resting = new Resting(control, self.nodeId(), witness, memory, copies, notices);
        handover = new Handover(self, copies, notices, resting);
        retreat = new Retreat(control, self, first, handover, resting);
        var calls = new RestCalls(control, notices, resting);
        awakening = new Awakening(control, self.nodeId(), first, handover, resting, calls);
        orders = new Orders(control, cluster, self, handover, resting, calls, retreat, here);
    }

    /** What was so before the restart is so again. After the copies' start. */
    void begin() {
        resting.begin();
    }

    /** Now and then. */
    void onTime(long nowMillis) {
        control.assertCurrent();
        retreat.onTime(nowMillis);
        awakening.onTime(nowMillis);
    }

    /** Another node has said what it is. */
    void onNotice(NodeIdentity from, NodeNotice notice) {
        resting.onNotice(from, notice);
    }

    /**
     * Another node wants this one to rest, or not any more. Only who leads shard 0 may: the order of one that did may come late. What cannot be
     * done, the log says.
     */
    void onRestWanted(NodeIdentity from, boolean rest) {
        control.assertCurrent();
        var leader = first.get().leader();
        if (leader == null || !leader.nodeId().equals(from.nodeId())) {
            log.info("node {} does not lead, so what it orders is not done", from.nodeId());
            return;
        }
        if (resting.isWanted() != rest) {
            log.info("node {} says that this one is {}", from.nodeId(), rest ? "to rest" : "to rest no more");
        }
        var unused = resting.rest(rest);
    }

    /** Whether a node is not to lead, as far as that is known. Any thread. */
    boolean rests(String nodeId) {
        return resting.rests(nodeId);
    }

    /** What an operator can learn and order. Any thread. */
    ClusterControl control() {
        return orders;
    }

    /** Hands all shards over that this node leads, for a node that ends. Any thread. */
    CompletableFuture<Void> handOverAll() {
        return handover.all();
    }
}
