package dev.godwit.broker.cluster.placement;

import dev.godwit.broker.cluster.placement.PlacementStep.Kind;
import dev.godwit.storage.replication.ReplicaId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * From the copies that there are to those that should be, one step at a time for the whole cluster. Each step leaves the shard
 * safe:
 *
 * <ol>
 *   <li>Who is to have a copy is a learner first, and votes when it has caught up.
 *   <li>A lost voter stays one until somebody is ready in its place, and is removed then before the other votes, so that nobody
 *       who is gone counts in a larger number. One that is only to move is removed last.
 *   <li>While it is not known of somebody who has a copy whether he is gone, the shard stays as it is.
 *   <li>A shard goes from one voter to three when both others are ready. It rests at two, or four, only where that is allowed.
 *   <li>Who leads hands over before it is removed.
 * </ol>
 *
 * Immutable.
 */
public final class PlacementPlan {
    private final int copies;
    private final boolean evenAllowed;
    private final IntFunction<List<ClusterMember>> order;
    private final List<ClusterMember> members;
    private final Set<ReplicaId> gone;

    /**
     * @param copies how many voters a shard is to have, at least 1
     * @param evenAllowed whether it may have an even number of them, if there are no more nodes
     * @param attendance who counts ({@link StableMembers})
     */
    public PlacementPlan(int copies, boolean evenAllowed, Attendance attendance) {
        this(copies, evenAllowed, attendance, shard -> RendezvousOrder.of(shard, attendance.counted()));
    }

    /** @param order the members in the order in which they are to keep a shard */
    PlacementPlan(int copies, boolean evenAllowed, Attendance attendance, IntFunction<List<ClusterMember>> order) {
        if (copies < 1) {
            throw new IllegalArgumentException("a shard has at least one copy: " + copies);
        }
        this.copies = copies;
        this.evenAllowed = evenAllowed;
        this.order = order;
        members = attendance.counted();
        gone = attendance.gone();
    }

    /** The next step; none when all is as it should be, or a step is under way: a learner that catches up. */
    public Optional<PlacementStep> next(Collection<ShardCopies> shards) {
        return shards.stream()
                .filter(each -> each.leader() != null)
                .sorted(Comparator.comparingInt(ShardCopies::shard))
                .map(Turn::new)
                .filter(turn -> turn.isClear() && !turn.isDone())
                .findFirst()
                .flatMap(Turn::step);
    }

    /** How many voters there should be: as many as there can be, and no fewer than there are. */
    private int size(ShardCopies now) {
        int possible = Math.min(copies, members.size());
        int voters = now.voters().voters().size();
        if (!evenAllowed) {
            possible -= possible < copies && possible % 2 == 0 ? 1 : 0;
            if (voters % 2 == 0) {
                // Between two steps: one is to come that is a learner yet, or one is to go.
                voters += now.voters().learners().isEmpty() ? -1 : 1;
            }
        }
        return Math.max(1, Math.max(possible, Math.min(voters, copies)));
    }

    private boolean isHere(ReplicaId replica) {
        return members.stream().anyMatch(each -> each.replica().equals(replica));
    }

    /** One shard's turn. */
    private final class Turn {
        private final ShardCopies now;
        private final int size;
        /** In their order: the first should lead. */
        private final List<ReplicaId> wanted;

        Turn(ShardCopies now) {
            this.now = now;
            size = size(now);
            wanted = order.apply(now.shard()).stream()
                    .limit(size)
                    .map(ClusterMember::replica)
                    .toList();
        }

        private int voters() {
            return now.voters().voters().size();
        }

        private boolean hasCopy(ReplicaId replica) {
            return now.hasVoter(replica) || now.hasLearner(replica);
        }

        /** Whether it is known of each who has a copy that he is here, or gone. */
        boolean isClear() {
            return Stream.concat(now.voters().voters().stream(), now.voters().learners().stream())
                    .allMatch(each -> isHere(each) || gone.contains(each));
        }

        /** Nobody to add, and nobody to remove who could be. */
        boolean isDone() {
            return now.voters().learners().isEmpty() && wanted.stream().allMatch(now::hasVoter) && voters() <= size;
        }

        Optional<PlacementStep> step() {
            for (ReplicaId learner : now.voters().learners()) {
                if (!wanted.contains(learner)) {
                    return step(Kind.REMOVE, learner);
                }
            }
            if (now.voters().learners().stream().anyMatch(each -> !now.isCaughtUp(each))) {
                return Optional.empty();
            }
            for (ReplicaId missing : wanted) {
                if (!hasCopy(missing)) {
                    return step(Kind.ADD_LEARNER, missing);
                }
            }
            return exchange();
        }

        /** All that are wanted vote, or are ready to. */
        private Optional<PlacementStep> exchange() {
            Optional<ReplicaId> ready = wanted.stream().filter(now::hasLearner).findFirst();
            Optional<ReplicaId> lost =
                    now.voters().voters().stream().filter(gone::contains).findFirst();
            if (ready.isPresent() && voters() >= size && lost.isPresent()) {
                // It may lead all the same, when only whoever lists the nodes has lost it.
                return remove(lost.get());
            }
            if (ready.isPresent() && voters() <= size) {
                return step(Kind.PROMOTE, ready.get());
            }
            return lost.or(this::superfluous).flatMap(this::remove);
        }

        private Optional<ReplicaId> superfluous() {
            return now.voters().voters().stream()
                    .filter(each -> !wanted.contains(each))
                    .findFirst();
        }

        private Optional<PlacementStep> remove(ReplicaId replica) {
            if (!replica.equals(now.leader())) {
                return step(Kind.REMOVE, replica);
            }
            return wanted.stream()
                    .filter(each -> now.hasVoter(each) && now.isCaughtUp(each))
                    .findFirst()
                    .flatMap(successor -> step(Kind.LEAD, successor));
        }

        private Optional<PlacementStep> step(Kind kind, ReplicaId replica) {
            return Optional.of(new PlacementStep(kind, now.shard(), replica));
        }
    }
}
