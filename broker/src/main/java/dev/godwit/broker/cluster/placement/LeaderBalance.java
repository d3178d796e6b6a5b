package dev.godwit.broker.cluster.placement;

import dev.godwit.broker.cluster.placement.PlacementStep.Kind;
import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Spreads the leaders: while one node leads two shards more than another that could lead one of them, also by way of others,
 * a shard is handed over, one at a time. Small differences stay, since each change of leaders costs its clients a pause.
 * Immutable.
 */
public final class LeaderBalance {
    private final List<ClusterMember> members;

    /** @param members who counts ({@link StableMembers}) */
    public LeaderBalance(Collection<ClusterMember> members) {
        this.members = List.copyOf(members);
    }

    /** The next shard to hand over; none when the leaders are spread well enough. */
    public Optional<PlacementStep> next(Collection<ShardCopies> shards) {
        List<ShardCopies> led = shards.stream()
                .filter(each -> each.leader() != null)
                .sorted(Comparator.comparingInt(ShardCopies::shard))
                .toList();
        Map<ReplicaId, Integer> leads = new TreeMap<>();
        members.forEach(each -> leads.put(each.replica(), 0));
        led.forEach(each -> leads.computeIfPresent(each.leader(), (leader, count) -> count + 1));
        return leads.keySet().stream()
                .sorted(Comparator.comparing((ReplicaId each) -> leads.get(each))
                        .reversed())
                .map(most -> wayFrom(most, leads, led))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The last hand-over of the shortest way from a node to one that leads at least two shards less. */
    private Optional<PlacementStep> wayFrom(ReplicaId most, Map<ReplicaId, Integer> leads, List<ShardCopies> led) {
        Map<ReplicaId, PlacementStep> reachedBy = new HashMap<>();
        var reached = new ArrayDeque<ReplicaId>(List.of(most));
        int limit = leads.getOrDefault(most, 0) - 2;
        while (!reached.isEmpty()) {
            ReplicaId from = reached.remove();
            for (ReplicaId to : leads.keySet()) {
                PlacementStep step = to.equals(most) || reachedBy.containsKey(to) ? null : handOver(from, to, led);
                if (step != null) {
                    if (leads.getOrDefault(to, 0) <= limit) {
                        return Optional.of(step);
                    }
                    reachedBy.put(to, step);
                    reached.add(to);
                }
            }
        }
        return Optional.empty();
    }

    /** The shard that the one can hand over to the other, of several the one that the other should have before the rest. */
    private @Nullable PlacementStep handOver(ReplicaId from, ReplicaId to, List<ShardCopies> led) {
        return led.stream()
                .filter(each -> from.equals(each.leader()) && each.hasVoter(to) && each.isCaughtUp(to))
                .min(Comparator.comparingInt(each -> place(each.shard(), to)))
                .map(each -> new PlacementStep(Kind.LEAD, each.shard(), to))
                .orElse(null);
    }

    private int place(int shard, ReplicaId replica) {
        List<ClusterMember> order = RendezvousOrder.of(shard, members);
        int place = 0;
        while (place < order.size() && !order.get(place).replica().equals(replica)) {
            place++;
        }
        return place;
    }
}
