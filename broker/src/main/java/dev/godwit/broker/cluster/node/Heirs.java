package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who can lead all shards in the place of the node that does, and why others cannot. Immutable.
 *
 * @param statuses of the shards as {@code self} keeps them, which leads
 * @param reached whom it has a link to
 * @param resting the names of nodes that are not to lead
 */
record Heirs(List<ShardCopyStatus> statuses, ReplicaId self, Set<ReplicaId> reached, Set<String> resting) {
    Heirs {
        statuses = List.copyOf(statuses);
        reached = Set.copyOf(reached);
        resting = Set.copyOf(resting);
    }

    /** Whether this node leads all shards: else it cannot say anything of the others. */
    boolean isKnown() {
        return statuses.stream().allMatch(ShardCopyStatus::serving);
    }

    private Stream<ReplicaId> voters() {
        return statuses.get(0).voters().voters().stream();
    }

    /** The copy of a node that votes on the first shard. */
    Optional<ReplicaId> voter(String nodeId) {
        return voters().filter(each -> each.nodeId().equals(nodeId)).findFirst();
    }

    /** The one that is least behind; null when nobody else can lead. */
    @Nullable
    ReplicaId best() {
        return Succession.of(statuses, self, each -> obstacle(each) != null);
    }

    /** Why another voter cannot lead, such as {@code rests}; null when it can. */
    @Nullable
    String obstacle(ReplicaId replica) {
        if (resting.contains(replica.nodeId())) {
            return "rests";
        }
        if (!reached.contains(replica)) {
            return "is not connected";
        }
        for (int shard = 0; shard < statuses.size(); shard++) {
            ShardCopyStatus status = statuses.get(shard);
            if (!status.voters().voters().contains(replica)) {
                return "does not vote on shard " + shard;
            }
            long matched = status.matchedIndices().getOrDefault(replica, 0L);
            if (!Growth.hasCaughtUp(status, matched)) {
                return "is " + (status.commitIndex() - matched) + " entries behind in shard " + shard;
            }
        }
        return null;
    }

    /** Of all other voters, for people. */
    String obstacles() {
        String all = voters().filter(each -> !each.equals(self))
                .map(each -> each.nodeId() + " " + obstacle(each))
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? "no other node keeps copies" : all;
    }

    /** The other voters that rest. */
    List<String> othersAtRest(String nodeId) {
        return voters().map(ReplicaId::nodeId)
                .filter(each -> !each.equals(nodeId) && resting.contains(each))
                .toList();
    }

    /** Whether of any majority somebody may lead when that node rests, too: else nobody might, and nobody would be there to undo it. */
    boolean mayRest(String nodeId) {
        return othersAtRest(nodeId).size() + 1 <= voters().count() / 2;
    }
}
