package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.Belonging;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which of the nodes that are here belong to this node's cluster, by what they have said themselves when links were made. What the list of
 * nodes says of that is of when they started, and serves only where nothing else is known. Owned by the control loop; links tell on
 * theirs.
 */
final class Kinship implements Belonging {
    /** What a node is to this one. */
    enum Kin {
        /** Nothing has been heard from itself. */
        UNKNOWN,
        /** It belongs to no cluster yet. */
        NONE,
        /** It belongs to this node's cluster; to some cluster, while this node belongs to none. */
        OURS,
        /** It belongs to another one. */
        FOREIGN
    }

    /**
     * What a node has said.
     *
     * @param journalId null when it has only refused this node: then that may be any
     * @param clusterId null for none
     */
    private record Told(@Nullable UUID journalId, @Nullable UUID clusterId, boolean refused) {
        boolean isOf(UUID journal) {
            return journalId == null || journalId.equals(journal);
        }
    }

    private final EventLoop control;
    private final Supplier<@Nullable UUID> own;

    /** The last word of each node, by its id. */
    private final Map<String, Told> told = new HashMap<>();

    /** @param own the id of this node's cluster; any thread may ask */
    Kinship(EventLoop control, Supplier<@Nullable UUID> own) {
        this.control = control;
        this.own = own;
    }

    @Override
    public @Nullable UUID clusterId() {
        return own.get();
    }

    @Override
    public void onGreeted(NodeIdentity node, @Nullable UUID clusterId) {
        control.execute(() -> told.put(node.nodeId(), new Told(node.journalId(), clusterId, false)));
    }

    @Override
    public void onForeign(String nodeId) {
        control.execute(() -> told.put(nodeId, new Told(null, null, true)));
    }

    /** The node has come, perhaps anew: what it said before counts only if it was the same one. */
    void onHere(NodeProfile node) {
        control.assertCurrent();
        told.computeIfPresent(node.nodeId(), (id, last) -> node.journalId().equals(last.journalId()) ? last : null);
    }

    Kin of(NodeProfile node) {
        control.assertCurrent();
        Told last = told.get(node.nodeId());
        if (last == null || !last.isOf(node.journalId())) {
            return isForeign(node.clusterId()) ? Kin.FOREIGN : Kin.UNKNOWN;
        }
        if (last.refused() || isForeign(last.clusterId())) {
            return Kin.FOREIGN;
        }
        return last.clusterId() == null ? Kin.NONE : Kin.OURS;
    }

    private boolean isForeign(@Nullable UUID clusterId) {
        UUID ours = own.get();
        return ours != null && clusterId != null && !ours.equals(clusterId);
    }

    /** The cluster of that very node; null when it has said none. */
    @Nullable
    UUID clusterOf(ReplicaId node) {
        control.assertCurrent();
        Told last = told.get(node.nodeId());
        return last != null && node.journalId().equals(last.journalId()) ? last.clusterId() : null;
    }
}
