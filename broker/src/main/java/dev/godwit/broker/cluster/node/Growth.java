package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.placement.Attendance;
import dev.godwit.broker.cluster.placement.ClusterMember;
import dev.godwit.broker.cluster.placement.CommonPlacement;
import dev.godwit.broker.cluster.placement.PlacementStep;
import dev.godwit.broker.cluster.placement.ShardCopies;
import dev.godwit.broker.cluster.placement.StableMembers;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the copies that there should be, a step at a time for each shard: the node that leads shard 0 does it, and does it for the
 * shards that it leads. All shards are kept by the same nodes. Owned by the control loop.
 */
final class Growth {
    private static final Logger log = LoggerFactory.getLogger(Growth.class);

    /** A copy that is no further behind has caught up. */
    private static final long LAG_MAX = 10_000;

    /** Until a node that comes counts. */
    private static final long SETTLE_MILLIS = 2_000;

    /** So often it tries to leave shard 0 to another node. */
    private static final long LEAVES_AGAIN_MILLIS = 2_000;

    private final EventLoop control;
    private final ReplicaId self;
    private final int copies;
    private final boolean evenAllowed;
    private final List<KeptShard> kept;
    private final long goneMillis;
    private final Predicate<String> rests;

    /** As this node has seen them since it leads: what it saw when it led before says nothing of what was since. */
    private StableMembers stable;

    /** In which it leads shard 0. */
    private long epoch;

    private boolean asking;

    /** When it may leave shard 0 to another node again. */
    private long leavesMillis;

    /**
     * @param goneMillis how long a node has to be gone before its copies are made elsewhere
     * @param rests which nodes are not to lead
     */
    Growth(
            EventLoop control,
            ReplicaId self,
            int copies,
            boolean evenAllowed,
            long goneMillis,
            List<KeptShard> kept,
            Predicate<String> rests) {
        this.rests = rests;
        this.control = control;
        this.self = self;
        this.copies = copies;
        this.evenAllowed = evenAllowed;
        this.kept = kept;
        this.goneMillis = goneMillis;
        stable = new StableMembers(SETTLE_MILLIS, goneMillis);
    }

    /**
     * Takes the next steps, if there are any.
     *
     * @param here nodes that are here, and of no other cluster
     * @param mayJoin those of them that may be given copies
     */
    void onTime(Collection<NodeProfile> here, Set<ReplicaId> mayJoin, long nowMillis) {
        control.assertCurrent();
        if (asking) {
            return;
        }
        asking = true;
        ask(statuses -> {
            asking = false;
            decide(here, mayJoin, statuses, nowMillis);
        });
    }

    /** Asks all copies how they stand; told on the control loop. */
    private void ask(Consumer<List<ShardCopyStatus>> told) {
        statuses(kept).thenAcceptAsync(told, control).exceptionally(failed -> {
            log.error("the copies of shards could not be asked how they stand", failed);
            control.execute(() -> asking = false);
            return null;
        });
    }

    /** How all copies stand, by shards. Any thread. */
    static CompletableFuture<List<ShardCopyStatus>> statuses(List<KeptShard> kept) {
        var asked = kept.stream()
                .map(copy -> CompletableFuture.supplyAsync(copy::status, copy.owner()))
                .toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(all -> asked.stream().map(CompletableFuture::join).toList());
    }

    private void decide(
            Collection<NodeProfile> here, Set<ReplicaId> mayJoin, List<ShardCopyStatus> statuses, long nowMillis) {
        if (!statuses.get(0).serving()) {
            return;
        }
        if (statuses.get(0).epoch() != epoch) {
            epoch = statuses.get(0).epoch();
            stable = new StableMembers(SETTLE_MILLIS, goneMillis);
        }
        if (!votesOnAll(self, statuses)) {
            leaveToAnother(statuses, nowMillis);
            return;
        }
        Set<ReplicaId> keepers = keepers(statuses);
        Attendance attendance = stable.observe(members(here, mayJoin, keepers), keepers, nowMillis);
        if (statuses.stream().anyMatch(each -> each.serving() && !each.votersCommitted())) {
            return;
        }
        var now = new ArrayList<ShardCopies>();
        for (int shard = 0; shard < statuses.size(); shard++) {
            now.add(copiesOf(shard, statuses.get(shard)));
        }
        for (PlacementStep step : new CommonPlacement(copies, evenAllowed, attendance, now).next()) {
            take(step, statuses.get(step.shard()).voters());
        }
    }

    private static boolean votesOnAll(ReplicaId replica, List<ShardCopyStatus> statuses) {
        return statuses.stream().allMatch(each -> each.voters().voters().contains(replica));
    }

    /** Who leads shard 0 is to lead all, and nobody makes him a voter elsewhere whom only he could have do so. Placement does not lead there. */
    private void leaveToAnother(List<ShardCopyStatus> statuses, long nowMillis) {
        if (nowMillis < leavesMillis) {
            return;
        }
        leavesMillis = nowMillis + LEAVES_AGAIN_MILLIS;
        KeptShard first = kept.get(0);
        ReplicaId successor =
                Succession.of(statuses, self, each -> !votesOnAll(each, statuses) || rests.test(each.nodeId()));
        if (successor == null) {
            // Who rests hands over when it has what others lack.
            successor = Succession.of(statuses, self, each -> !votesOnAll(each, statuses));
        }
        if (successor == null) {
            log.error("node {} leads shard 0, and nobody votes on all shards", self.nodeId());
        } else {
            log.warn("node {} leads shard 0, and does not vote on all others", self.nodeId());
            var next = successor;
            first.owner().execute(() -> first.transferTo(next));
        }
    }

    private static List<ClusterMember> members(
            Collection<NodeProfile> here, Set<ReplicaId> mayJoin, Set<ReplicaId> keepers) {
        var members = new ArrayList<ClusterMember>();
        for (NodeProfile node : here) {
            var replica = new ReplicaId(node.nodeId(), node.journalId());
            if (mayJoin.contains(replica) || keepers.contains(replica)) {
                members.add(new ClusterMember(replica, node.zone()));
            }
        }
        return members;
    }

    /** Who has a copy of any shard. */
    static Set<ReplicaId> keepers(List<ShardCopyStatus> statuses) {
        var keepers = new HashSet<ReplicaId>();
        for (ShardCopyStatus status : statuses) {
            keepers.addAll(status.voters().voters());
            keepers.addAll(status.voters().learners());
        }
        return keepers;
    }

    private ShardCopies copiesOf(int shard, ShardCopyStatus status) {
        var caughtUp = new HashSet<ReplicaId>(Set.of(self));
        for (Map.Entry<ReplicaId, Long> other : status.matchedIndices().entrySet()) {
            if (hasCaughtUp(status, other.getValue())) {
                caughtUp.add(other.getKey());
            }
        }
        return new ShardCopies(shard, status.serving() ? self : null, status.voters(), caughtUp);
    }

    /** @param matched up to where a copy has the log on the disk, as far as it has said */
    static boolean hasCaughtUp(ShardCopyStatus status, long matched) {
        return matched > 0 && status.commitIndex() - matched <= LAG_MAX;
    }

    private void take(PlacementStep step, Voters voters) {
        KeptShard copy = kept.get(step.shard());
        switch (step.kind()) {
            case ADD_LEARNER -> change(copy, voters.withLearner(step.replica()));
            case PROMOTE -> change(copy, voters.withVoter(step.replica()));
            case REMOVE -> change(copy, voters.without(step.replica()));
            case LEAD -> {
                // The others follow shard 0, and would be handed back.
                if (step.shard() == 0) {
                    boolean mayLead = !rests.test(step.replica().nodeId());
                    copy.owner().execute(mayLead ? () -> copy.transferTo(step.replica()) : () -> copy.handOver(rests));
                }
            }
        }
    }

    private static void change(KeptShard copy, Voters next) {
        copy.owner().execute(() -> copy.changeVoters(next));
    }

    /** This node leads and cannot serve: another voter of shard 0 is to try, if there is one. */
    void handOver() {
        control.assertCurrent();
        KeptShard first = kept.get(0);
        first.owner().execute(() -> {
            if (!first.handOver(rests)) {
                log.error("no other node can serve: stop this one, and start it again when what keeps it is mended");
            }
        });
    }
}
