package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who is to lead in the place of a node that leads no more. Stateless. */
final class Succession {
    private Succession() {}

    /**
     * One for all shards, so that nothing has to be gathered: the other voter of the first shard that is least behind, over all of them.
     *
     * @param statuses of the shards as {@code self} keeps them, which leads
     * @param excluded who may not lead
     * @return null when there is nobody
     */
    static @Nullable ReplicaId of(Collection<ShardCopyStatus> statuses, ReplicaId self, Predicate<ReplicaId> excluded) {
        var first = statuses.iterator().next();
        var others = new ArrayList<>(first.voters().voters());
        others.removeIf(each -> each.equals(self) || excluded.test(each));
        return others.stream()
                .max(Comparator.comparingLong((ReplicaId each) -> matched(statuses, each))
                        .thenComparing(Comparator.naturalOrder()))
                .orElse(null);
    }

    private static long matched(Collection<ShardCopyStatus> statuses, ReplicaId replica) {
        return statuses.stream()
                .mapToLong(status -> status.matchedIndices().getOrDefault(replica, 0L))
                .sum();
    }
}
