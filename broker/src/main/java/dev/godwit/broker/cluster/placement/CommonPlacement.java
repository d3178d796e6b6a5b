package dev.godwit.broker.cluster.placement;

import dev.godwit.broker.cluster.placement.PlacementStep.Kind;
import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The steps of a {@link PlacementPlan} for shards that the same nodes keep, and one of them leads: who votes on the first shard votes on
 * all. So whoever is elected for that one can lead the others, too. Therefore
 *
 * <ol>
 *   <li>nobody votes on the first shard who does not vote on all others yet, and nobody loses his vote on another one before that on the first;
 *   <li>one who is lost keeps his vote on the first until all shards are ready for who comes in his place;
 *   <li>those that keep copies go on doing so: to move them all for a better order gains nothing.
 * </ol>
 *
 * Immutable.
 */
public final class CommonPlacement {
    private final List<ShardCopies> shards;
    private final ShardCopies first;
    private final PlacementPlan plan;
    private final Set<ReplicaId> gone;

    /**
     * @param copies how many voters the shards are to have, at least 1
     * @param evenAllowed whether that may be an even number, if there are no more nodes
     * @param attendance who counts ({@link StableMembers})
     * @param shards all of them, the first one first; changes of voters are committed wherever there is a leader
     */
    public CommonPlacement(int copies, boolean evenAllowed, Attendance attendance, List<ShardCopies> shards) {
        this.shards = List.copyOf(shards);
        first = this.shards.get(0);
        gone = attendance.gone();
        var order = RendezvousOrder.of(first.shard(), attendance.counted(), first.voters());
        plan = new PlacementPlan(copies, evenAllowed, attendance, shard -> order);
    }

    /** What may be done now, in any order, a step for each shard at most. */
    public List<PlacementStep> next() {
        return shards.stream().map(this::next).flatMap(Optional::stream).toList();
    }

    private Optional<PlacementStep> next(ShardCopies shard) {
        var step = plan.next(List.of(shard)).filter(each -> mayBeTaken(each, shard));
        return step.isEmpty() && shard.shard() == first.shard() ? withoutLost() : step;
    }

    /** Shards may be about to take in several, each another one first: then only the removal of one who is lost lets them go on. */
    private Optional<PlacementStep> withoutLost() {
        return first.voters().voters().stream()
                .filter(each -> gone.contains(each) && !each.equals(first.leader()))
                .map(each -> new PlacementStep(Kind.REMOVE, first.shard(), each))
                .filter(each -> mayBeTaken(each, first))
                .findFirst();
    }

    private boolean mayBeTaken(PlacementStep step, ShardCopies shard) {
        boolean isFirst = shard.shard() == first.shard();
        return switch (step.kind()) {
            case ADD_LEARNER, LEAD -> true;
            case PROMOTE -> !isFirst || others(each -> each.hasVoter(step.replica()));
            case REMOVE ->
                !shard.hasVoter(step.replica())
                        || (isFirst
                                ? others(each -> isReadyWithout(step.replica(), each))
                                : !first.hasVoter(step.replica()));
        };
    }

    private boolean others(Predicate<ShardCopies> condition) {
        return shards.stream()
                .filter(each -> each.shard() != first.shard())
                .allMatch(each -> each.leader() != null && condition.test(each));
    }

    /** Whether it has no vote there, or would lose it next. */
    private boolean isReadyWithout(ReplicaId replica, ShardCopies shard) {
        Optional<PlacementStep> next = plan.next(List.of(shard));
        return !shard.hasVoter(replica)
                || next.filter(step -> step.replica().equals(replica) && step.kind() == Kind.REMOVE)
                        .isPresent();
    }
}
