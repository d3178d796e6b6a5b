package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who can lead in the place of the node that does, and why others cannot. Only who leads a shard knows how far others are: those that
 * {@code self} does not lead say nothing, and keep nobody from taking over the rest. Immutable.
 *
 * @param statuses of the shards as {@code self} keeps them
 * @param reached whom it has a link to
 * @param heard the names of nodes that have said whether they rest
 * @param resting the names of nodes that are not to lead, as they became known
 */
record Heirs(
        List<ShardCopyStatus> statuses,
        ReplicaId self,
        Set<ReplicaId> reached,
        Set<String> heard,
        List<String> resting) {
    Heirs {
        statuses = List.copyOf(statuses);
        reached = Set.copyOf(reached);
        heard = Set.copyOf(heard);
        resting = List.copyOf(resting);
    }

    /** The same where these nodes are to rest, too. */
    Heirs andResting(Collection<String> others) {
        var all = new ArrayList<>(resting);
        others.stream().filter(each -> !all.contains(each)).forEach(all::add);
        return new Heirs(statuses, self, reached, heard, all);
    }

    /** Whether this node leads all shards: else it cannot decide for the cluster. */
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

    /**
     * The one that is least behind; null when nobody else can lead.
     *
     * @param tried who was asked before, and is asked again only if there is nobody else
     */
    @Nullable
    ReplicaId best(@Nullable ReplicaId tried) {
        ReplicaId another = Succession.of(statuses, self, each -> each.equals(tried) || obstacle(each) != null);
        return another == null && tried != null ? best(null) : another;
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
        if (!heard.contains(replica.nodeId())) {
            return "has not said yet whether it may lead";
        }
        for (int shard = 0; shard < statuses.size(); shard++) {
            ShardCopyStatus status = statuses.get(shard);
            if (!status.serving()) {
                continue;
            }
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

    private List<String> votersAtRest() {
        var names = voters().map(ReplicaId::nodeId).toList();
        return resting.stream().filter(names::contains).toList();
    }

    /** The other voters that rest. */
    List<String> othersAtRest(String nodeId) {
        return votersAtRest().stream().filter(each -> !each.equals(nodeId)).toList();
    }

    /** Of so many voters may rest that of any majority somebody may lead: else nobody might, and nobody would be there to undo it. */
    private long restingMax() {
        return voters().count() / 2;
    }

    boolean mayRest(String nodeId) {
        return othersAtRest(nodeId).size() < restingMax();
    }

    /** The voter that was the last to rest, as far as is known here, when more rest than may; else null. */
    @Nullable
    String oneTooMany() {
        var all = votersAtRest();
        return all.size() <= restingMax() ? null : all.get(all.size() - 1);
    }
}
