package dev.godwit.broker.cluster.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.placement.PlacementStep.Kind;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The steps for shards that the same nodes keep: whoever is elected for the first one must be able to lead all, at any time. */
class CommonPlacementTest {
    private static final int SHARDS = 4;

    private static ClusterMember member(String nodeId, String zone) {
        return new ClusterMember(new ReplicaId(nodeId, new UUID(0, nodeId.hashCode())), zone);
    }

    private static List<ClusterMember> members(String... nodeIds) {
        return Arrays.stream(nodeIds).map(each -> member(each, "")).toList();
    }

    private static ReplicaId id(String nodeId) {
        return member(nodeId, "").replica();
    }

    /** Whatever the order of nodes says. */
    @Test
    void keepsAllWhereItIsWhileThereAreTwoNodes() {
        for (String founder : List.of("n1", "n2")) {
            var cluster = new Cluster(3, founder);
            cluster.members = members("n1", "n2");
            assertThat(cluster.next()).isEmpty();
        }
    }

    @Test
    void keepsAllWhereItIsWhenAFourthNodeComes() {
        for (String spare : List.of("n1", "n2", "n3", "n4")) {
            var cluster = new Cluster(3, spare.equals("n1") ? "n2" : "n1");
            cluster.members = members("n1", "n2", "n3", "n4").stream()
                    .filter(each -> !each.nodeId().equals(spare))
                    .toList();
            cluster.rest();
            cluster.members = members("n1", "n2", "n3", "n4");
            assertThat(cluster.next()).as(spare).isEmpty();
        }
    }

    @Test
    void movesACopyIntoAnotherZone() {
        var cluster = new Cluster(3, "n1");
        cluster.members = List.of(member("n1", "x"), member("n2", "x"), member("n3", "x"));
        cluster.rest();
        cluster.members = List.of(member("n1", "x"), member("n2", "x"), member("n3", "x"), member("n4", "y"));
        cluster.rest();
        assertThat(cluster.voters(0)).hasSize(3).contains(id("n4"));
    }

    @Test
    void letsNobodyVoteOnTheFirstShardWhoDoesNotOnAllOthers() {
        var cluster = new Cluster(3, "n1");
        cluster.slow = 2;
        cluster.members = members("n1", "n2", "n3");
        cluster.rest();
        assertThat(cluster.voters(1)).hasSize(3);
        assertThat(cluster.voters(2)).containsExactly(id("n1"));
        assertThat(cluster.voters(0)).containsExactly(id("n1"));
        cluster.slow = -1;
        cluster.catchUp();
        cluster.rest();
        assertThat(cluster.voters(0)).hasSize(3);
    }

    @Test
    void letsALostOneVoteOnTheFirstShardUntilAllAreReadyWithoutHim() {
        var cluster = new Cluster(3, "n1");
        cluster.members = members("n1", "n2", "n3");
        cluster.rest();
        cluster.slow = 3;
        cluster.members = members("n1", "n2", "n4");
        cluster.rest();
        for (int shard = 0; shard < SHARDS; shard++) {
            assertThat(cluster.voters(shard)).as("shard %d", shard).contains(id("n3"));
        }
        cluster.slow = -1;
        cluster.catchUp();
        assertThat(cluster.next()).containsExactly(new PlacementStep(Kind.REMOVE, 0, id("n3")));
        cluster.rest();
        for (int shard = 0; shard < SHARDS; shard++) {
            assertThat(cluster.voters(shard)).containsExactly(id("n1"), id("n2"), id("n4"));
        }
    }

    /** Nodes come, go and come back in the midst of steps that are taken in any order; in the end all shards are kept by the same nodes. */
    @Test
    void lastsThroughWhateverComesBetween() {
        long seed = Long.getLong("godwit.placement.seed", System.nanoTime());
        System.out.println("godwit.placement.seed=" + seed);
        var random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            var cluster = new Cluster(random.nextBoolean() ? 3 : 5, "n0");
            for (int change = 0; change < 10; change++) {
                cluster.change(random, change + 1);
                for (int steps = random.nextInt(12); steps > 0; steps--) {
                    cluster.step(random);
                }
            }
            cluster.slow = -1;
            cluster.catchUp();
            while (cluster.members.size() < 5) {
                var more = new ArrayList<>(cluster.members);
                more.add(member("last" + more.size(), ""));
                cluster.members = more;
            }
            int steps = 0;
            while (cluster.step(random)) {
                assertThat(++steps).isLessThan(1_000);
            }
            for (int shard = 0; shard < SHARDS; shard++) {
                assertThat(cluster.voters(shard))
                        .as("%d, %s", run, cluster.shards)
                        .hasSize(cluster.copies)
                        .isEqualTo(cluster.voters(0));
                assertThat(cluster.shard(shard).voters().learners()).isEmpty();
            }
        }
    }

    /** The shards, one leader of all, and who is here. */
    private static final class Cluster {
        private final int copies;
        private final Map<Integer, ShardCopies> shards = new TreeMap<>();
        private List<ClusterMember> members;
        private ReplicaId leader;

        /** On this shard learners do not catch up; -1 for none. */
        private int slow = -1;

        Cluster(int copies, String founder) {
            this.copies = copies;
            members = members(founder);
            leader = id(founder);
            for (int shard = 0; shard < SHARDS; shard++) {
                shards.put(shard, new ShardCopies(shard, leader, Voters.of(leader), Set.of(leader)));
            }
        }

        ShardCopies shard(int shard) {
            return Objects.requireNonNull(shards.get(shard));
        }

        Set<ReplicaId> voters(int shard) {
            return shard(shard).voters().voters();
        }

        private boolean isHere(ReplicaId replica) {
            return members.stream().anyMatch(each -> each.replica().equals(replica));
        }

        private Attendance attendance() {
            Set<ReplicaId> gone = shards.values().stream()
                    .flatMap(each -> Stream.concat(each.voters().voters().stream(), each.voters().learners().stream()))
                    .filter(each -> !isHere(each))
                    .collect(Collectors.toSet());
            return new Attendance(members, gone);
        }

        List<PlacementStep> next() {
            return new CommonPlacement(copies, false, attendance(), List.copyOf(shards.values())).next();
        }

        /** A node comes, or one goes without which there is a majority still. */
        void change(Random random, int number) {
            var changed = new ArrayList<>(members);
            if (random.nextBoolean()) {
                changed.add(member("n" + number, ""));
            } else {
                changed.remove(random.nextInt(changed.size()));
            }
            var before = members;
            members = List.copyOf(changed);
            boolean majorities = shards.values().stream().allMatch(each -> {
                var voters = each.voters().voters();
                return voters.stream().filter(this::isHere).count() * 2 > voters.size();
            });
            if (!majorities) {
                members = before;
            } else if (!isHere(leader)) {
                leader = voters(0).stream().filter(this::isHere).findFirst().orElseThrow();
                lead();
            }
            slow = random.nextInt(SHARDS + 2) - 2;
            catchUp();
        }

        private void lead() {
            for (int shard = 0; shard < SHARDS; shard++) {
                assertThat(voters(shard)).as("shard %d", shard).contains(leader);
                var now = shard(shard);
                shards.put(shard, new ShardCopies(shard, leader, now.voters(), now.caughtUp()));
            }
        }

        void catchUp() {
            shards.keySet().forEach(this::catchUp);
        }

        private void catchUp(int shard) {
            var now = shard(shard);
            if (shard != slow) {
                var caughtUp = new HashSet<>(now.voters().voters());
                caughtUp.addAll(now.voters().learners());
                caughtUp.removeIf(each -> !isHere(each));
                shards.put(shard, new ShardCopies(shard, leader, now.voters(), caughtUp));
            } else {
                shards.put(
                        shard,
                        new ShardCopies(
                                shard,
                                leader,
                                now.voters(),
                                Set.copyOf(now.voters().voters())));
            }
        }

        /** Takes one of the steps that may be taken; false when there is none. */
        boolean step(Random random) {
            var steps = new ArrayList<>(next());
            steps.removeIf(step -> step.kind() == Kind.LEAD && step.shard() != 0);
            if (steps.isEmpty()) {
                return false;
            }
            take(steps.get(random.nextInt(steps.size())));
            return true;
        }

        /** Takes all steps that there are. */
        void rest() {
            var random = new Random(1);
            int steps = 0;
            while (step(random)) {
                assertThat(++steps).isLessThan(1_000);
            }
        }

        private void take(PlacementStep step) {
            var now = shard(step.shard());
            var replica = step.replica();
            var voters =
                    switch (step.kind()) {
                        case ADD_LEARNER -> now.voters().withLearner(replica);
                        case PROMOTE -> now.voters().withVoter(replica);
                        case REMOVE -> now.voters().without(replica);
                        case LEAD -> now.voters();
                    };
            shards.put(step.shard(), new ShardCopies(step.shard(), leader, voters, now.caughtUp()));
            catchUp(step.shard());
            if (step.kind() == Kind.LEAD) {
                leader = replica;
                lead();
            }
            assertThat(shards.values())
                    .as("after %s", step)
                    .allMatch(each -> each.voters().voters().containsAll(voters(0)));
        }
    }
}
