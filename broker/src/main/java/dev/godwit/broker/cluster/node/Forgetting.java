package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets nodes that were taken away for good, so that clients are not told of them for ever: who has not been here for long, and keeps no
 * copy. A node that keeps none itself does not know who does, and forgets nobody. Owned by the control loop.
 */
final class Forgetting {
    private static final Logger log = LoggerFactory.getLogger(Forgetting.class);
    private static final long INTERVAL_MILLIS = 10_000;

    private final EventLoop control;
    private final ClusterMemory memory;
    private final List<KeptShard> copies;
    private final long awayMillis;

    /** When each was here last; when this node began, if it has not been here since. */
    private final Map<String, Long> seenMillis = new HashMap<>();

    private long askedMillis;

    /** @param awayMillis how long a node has to be away */
    Forgetting(EventLoop control, ClusterMemory memory, List<KeptShard> copies, long awayMillis) {
        this.control = control;
        this.memory = memory;
        this.copies = copies;
        this.awayMillis = awayMillis;
    }

    /** @param here this node included */
    void onTime(Collection<NodeProfile> here, long nowMillis) {
        control.assertCurrent();
        seenMillis.keySet().retainAll(memory.nodeIds());
        memory.nodeIds().forEach(nodeId -> seenMillis.putIfAbsent(nodeId, nowMillis));
        here.forEach(node -> seenMillis.replace(node.nodeId(), nowMillis));
        var away = new TreeSet<String>();
        seenMillis.forEach((nodeId, lastMillis) -> {
            if (nowMillis - lastMillis >= awayMillis) {
                away.add(nodeId);
            }
        });
        if (away.isEmpty() || nowMillis - askedMillis < INTERVAL_MILLIS) {
            return;
        }
        askedMillis = nowMillis;
        var unused = Growth.statuses(copies).thenAcceptAsync(statuses -> forget(away, statuses), control);
    }

    private void forget(Set<String> away, List<ShardCopyStatus> statuses) {
        Set<ReplicaId> keepers = Growth.keepers(statuses);
        keepers.forEach(keeper -> away.remove(keeper.nodeId()));
        if (!keepers.isEmpty() && !away.isEmpty()) {
            log.info(
                    "nodes {} keep no copies, and have not been here for {} s: they are forgotten",
                    away,
                    awayMillis / 1_000);
            memory.forget(away);
        }
    }
}
