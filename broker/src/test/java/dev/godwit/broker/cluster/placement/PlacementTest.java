package dev.godwit.broker.cluster.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.placement.PlacementStep.Kind;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where copies are placed, and by what steps: by examples, and by what must hold for any cluster. */
class PlacementTest {
    private static final int SHARDS = 17;

    private final Random random = seeded();

    private static Random seeded() {
        long seed = Long.getLong("godwit.placement.seed", System.nanoTime());
        System.out.println("godwit.placement.seed=" + seed);
        return new Random(seed);
    }

    private static ClusterMember member(String nodeId, String zone) {
        return new ClusterMember(new ReplicaId(nodeId, UUID.nameUUIDFromBytes(nodeId.getBytes(UTF_8))), zone);
    }

    private List<ClusterMember> randomMembers(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> member("node-" + i + "-" + Integer.toHexString(random.nextInt()), ""))
                .toList();
    }

    private static List<ClusterMember> without(Collection<ClusterMember> members, ClusterMember gone) {
        return members.stream().filter(each -> !each.equals(gone)).toList();
    }

    private static List<ClusterMember> first(int shard, Collection<ClusterMember> members) {
        return RendezvousOrder.of(shard, members).subList(0, Math.min(3, members.size()));
    }

    // ---- the order

    @Test
    void neverChanges() {
        // All copies of all clusters would move.
        assertThat(RendezvousOrder.number(0, "n1")).isEqualTo(6606165266220292521L);
        var members = List.of(member("n1", ""), member("n2", ""), member("n3", ""), member("n4", ""));
        assertThat(RendezvousOrder.of(5, members).stream().map(ClusterMember::nodeId))
                .containsExactly("n4", "n1", "n3", "n2");
    }

    @Test
    void isTheSameWhateverOrderTheMembersCameIn() {
        var members = new ArrayList<>(randomMembers(9));
        for (int shard = 0; shard < SHARDS; shard++) {
            var order = RendezvousOrder.of(shard, members);
            Collections.shuffle(members, random);
            assertThat(RendezvousOrder.of(shard, members)).isEqualTo(order).hasSize(9);
        }
    }

    @Test
    void movesOnlyTheCopiesOfTheNodeThatGoes() {
        for (int nodes = 4; nodes <= 12; nodes++) {
            var members = randomMembers(nodes);
            var gone = members.get(random.nextInt(nodes));
            for (int shard = 0; shard < SHARDS; shard++) {
                var before = first(shard, members);
                var after = first(shard, without(members, gone));
                var stays = without(before, gone);
                assertThat(after).containsAll(stays);
                // Those that stay keep their order, and so their leader.
                assertThat(after.stream().filter(stays::contains).toList()).isEqualTo(stays);
            }
        }
    }

    @Test
    void givesANewNodeItsPartAndNoMore() {
        // On the average over many clusters: a single one has too few shards for that.
        for (int nodes = 4; nodes <= 10; nodes += 3) {
            int moved = 0;
            int runs = 200;
            for (int run = 0; run < runs; run++) {
                var members = randomMembers(nodes);
                for (int shard = 0; shard < SHARDS; shard++) {
                    var before = first(shard, without(members, members.get(0)));
                    var after = first(shard, members);
                    moved += (int) after.stream()
                            .filter(each -> !before.contains(each))
                            .count();
                }
            }
            double part = (double) moved / (runs * SHARDS * 3);
            assertThat(part).isBetween(0.85 / nodes, 1.15 / nodes);
        }
    }

    @Test
    void spreadsCopiesOverTheNodes() {
        int runs = 400;
        int uneven = 0;
        for (int run = 0; run < runs; run++) {
            var members = randomMembers(6);
            var copies = new TreeMap<String, Integer>();
            members.forEach(each -> copies.put(each.nodeId(), 0));
            for (int shard = 0; shard < SHARDS; shard++) {
                first(shard, members).forEach(each -> copies.merge(each.nodeId(), 1, Integer::sum));
            }
            assertThat(copies.values().stream().mapToInt(each -> each).sum()).isEqualTo(3 * SHARDS);
            // 8.5 each on the average.
            uneven += Collections.max(copies.values()) > 13 || Collections.min(copies.values()) < 4 ? 1 : 0;
        }
        // One in ten, as the binomial distribution has it: rendezvous numbers are as good as random.
        assertThat(uneven).isLessThan(runs / 5);
    }

    @Test
    void putsCopiesIntoDifferentZones() {
        for (int run = 0; run < 100; run++) {
            var members = IntStream.range(0, 8)
                    .mapToObj(i -> member("n" + i + "-" + random.nextInt(), "zone-" + i % 3))
                    .toList();
            for (int shard = 0; shard < SHARDS; shard++) {
                assertThat(first(shard, members).stream().map(ClusterMember::zone))
                        .containsExactlyInAnyOrder("zone-0", "zone-1", "zone-2");
            }
        }
        // Fewer zones than copies: each is used, and then one of them again.
        var two = List.of(member("a", "x"), member("b", "x"), member("c", "x"), member("d", "y"));
        for (int shard = 0; shard < SHARDS; shard++) {
            assertThat(first(shard, two).stream().map(ClusterMember::zone)).contains("x", "y");
        }
    }

    // ---- who counts

    @Test
    void countsWhoHasBeenHereForAWhile() {
        var stable = new StableMembers(1_000, 60_000);
        var a = member("a", "");
        var b = member("b", "");
        assertThat(stable.observe(List.of(a), Set.of(), 0).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(a, b), Set.of(), 100).counted()).containsExactly(a);
        // It went before it counted, and begins anew.
        assertThat(stable.observe(List.of(a), Set.of(), 900).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(a, b), Set.of(), 1_000).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(a, b), Set.of(), 1_999).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(a, b), Set.of(), 2_000).counted()).containsExactly(a, b);
        assertThat(stable.observe(List.of(a), Set.of(), 61_999).counted()).containsExactly(a, b);
        assertThat(stable.observe(List.of(a, b), Set.of(), 62_000 - 1).counted())
                .containsExactly(a, b);
        assertThat(stable.observe(List.of(a), Set.of(), 121_998).counted()).containsExactly(a, b);
        assertThat(stable.observe(List.of(a), Set.of(), 122_000).counted()).containsExactly(a);
    }

    @Test
    void countsANodeWithItsNewJournalWhenItsDiskWasEmptied() {
        var stable = new StableMembers(1_000, 60_000);
        var a = member("a", "");
        var emptied = new ClusterMember(new ReplicaId("a", new UUID(1, 1)), "");
        assertThat(stable.observe(List.of(a), Set.of(), 0).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(emptied), Set.of(), 500).counted()).containsExactly(a);
        assertThat(stable.observe(List.of(emptied), Set.of(), 1_500).counted()).containsExactly(emptied);
    }

    @Test
    void movesNothingWhenAWholeClusterIsStarted() {
        var all = List.of(member("a", ""), member("b", ""), member("c", ""), member("d", ""), member("e", ""));
        var world = new World(3, all, SHARDS);
        stepsOf(world);
        var keepers = Set.copyOf(all.stream().map(ClusterMember::replica).toList());
        var stable = new StableMembers(1_000, 60_000);
        // One is there first, the others come, and count later.
        for (var now : List.of(0L, 500L, 1_000L, 1_500L, 2_000L)) {
            var attendance = stable.observe(now == 0 ? all.subList(0, 1) : all, keepers, now);
            assertThat(new PlacementPlan(3, false, attendance).next(world.shards.values()))
                    .as("after %d ms", now)
                    .isEmpty();
        }
    }

    @Test
    void takesNobodyForGoneWhomItHasNotWaitedFor() {
        var stable = new StableMembers(1_000, 60_000);
        var a = member("a", "");
        var b = member("b", "");
        var keepers = Set.of(a.replica(), b.replica());
        assertThat(stable.observe(List.of(a), keepers, 0)).isEqualTo(new Attendance(List.of(a), Set.of()));
        assertThat(stable.observe(List.of(a), keepers, 59_999)).isEqualTo(new Attendance(List.of(a), Set.of()));
        assertThat(stable.observe(List.of(a), keepers, 60_000))
                .isEqualTo(new Attendance(List.of(a), Set.of(b.replica())));
        // It comes after all: not gone, and not counted yet.
        assertThat(stable.observe(List.of(a, b), keepers, 70_000)).isEqualTo(new Attendance(List.of(a), Set.of()));
        assertThat(stable.observe(List.of(a, b), keepers, 71_000)).isEqualTo(new Attendance(List.of(a, b), Set.of()));
    }

    // ---- the steps

    private static ReplicaId id(String nodeId) {
        return member(nodeId, "").replica();
    }

    private static List<String> stepsOf(World world) {
        var steps = new ArrayList<String>();
        for (var step = world.step(); step != null; step = world.step()) {
            steps.add(step.kind() + " " + step.replica().nodeId());
            assertThat(steps).hasSizeLessThan(1_000);
        }
        return steps;
    }

    @Test
    void growsFromOneCopyToThreeAndNotToTwo() {
        var world = new World(3, List.of(member("a", "")), 1);
        assertThat(stepsOf(world)).isEmpty();
        world.members = List.of(member("a", ""), member("b", ""));
        assertThat(stepsOf(world)).isEmpty();
        world.members = List.of(member("a", ""), member("b", ""), member("c", ""));
        assertThat(stepsOf(world).stream().map(each -> each.substring(0, each.indexOf(' '))))
                .containsExactly("ADD_LEARNER", "ADD_LEARNER", "PROMOTE", "PROMOTE");
        assertThat(world.shard(0).voters()).isEqualTo(Voters.of(id("a"), id("b"), id("c")));
    }

    @Test
    void waitsForALearnerToCatchUp() {
        var world = new World(3, List.of(member("a", ""), member("b", ""), member("c", "")), 1);
        world.catchesUp = false;
        world.shards.put(0, new ShardCopies(0, id("a"), Voters.of(id("a")), Set.of(id("a"))));
        assertThat(stepsOf(world)).hasSize(1).first().asString().startsWith("ADD_LEARNER");
    }

    @Test
    void replacesALostNodeByRemovingItFirst() {
        var world = new World(3, List.of(member("a", ""), member("b", ""), member("c", "")), 1);
        stepsOf(world);
        world.lose(member("c", ""));
        // Two of three are better than one of one, and there is nobody else.
        assertThat(stepsOf(world)).isEmpty();
        world.members = List.of(member("a", ""), member("b", ""), member("d", ""));
        assertThat(stepsOf(world)).containsExactly("ADD_LEARNER d", "REMOVE c", "PROMOTE d");
    }

    /** Only whoever lists the nodes has lost it: its links and its logs go on. */
    @Test
    void letsALostLeaderHandOverBeforeItIsRemoved() {
        var world = new World(3, List.of(member("a", ""), member("b", ""), member("c", "")), 1);
        stepsOf(world);
        world.members = List.of(member("b", ""), member("c", ""), member("d", ""));
        assertThat(world.shard(0).leader()).isEqualTo(id("a"));
        assertThat(stepsOf(world)).hasSize(4).startsWith("ADD_LEARNER d").endsWith("REMOVE a", "PROMOTE d");
        assertThat(world.shard(0).leader()).isNotEqualTo(id("a"));
    }

    @Test
    void movesACopyByAddingTheNewOneFirst() {
        var all = List.of(member("a", ""), member("b", ""), member("c", ""), member("d", ""));
        var order =
                RendezvousOrder.of(0, all).stream().map(ClusterMember::replica).toList();
        var world = new World(3, all, 1);
        // The last in the order has a copy and leads, the first has none.
        world.shards.put(
                0,
                new ShardCopies(
                        0, order.get(3), Voters.of(order.get(1), order.get(2), order.get(3)), Set.copyOf(order)));
        assertThat(stepsOf(world))
                .containsExactly(
                        "ADD_LEARNER " + order.get(0).nodeId(),
                        "PROMOTE " + order.get(0).nodeId(),
                        "LEAD " + order.get(0).nodeId(),
                        "REMOVE " + order.get(3).nodeId());
    }

    @Test
    void takesANodeWhoseDiskWasEmptiedForAnotherOne() {
        var world = new World(3, List.of(member("a", ""), member("b", ""), member("c", "")), 1);
        stepsOf(world);
        var emptied = new ClusterMember(new ReplicaId("c", new UUID(9, 9)), "");
        world.members = List.of(member("a", ""), member("b", ""), emptied);
        world.lost.add(id("c"));
        world.handOver(id("c"));
        assertThat(stepsOf(world)).containsExactly("ADD_LEARNER c", "REMOVE c", "PROMOTE c");
        assertThat(world.shard(0).voters()).isEqualTo(Voters.of(id("a"), id("b"), emptied.replica()));
    }

    /** Random clusters whose nodes come and go: each step is safe, and all comes to rest where it should be. */
    @Test
    void comesToRestByStepsThatAreSafe() {
        for (int run = 0; run < 200; run++) {
            var members = new ArrayList<>(randomMembers(1 + random.nextInt(5)));
            int copies = random.nextBoolean() ? 3 : 5;
            var world = new World(copies, members, 5);
            for (int change = 0; change < 8; change++) {
                if (members.size() > 3 && random.nextBoolean()) {
                    world.lose(members.remove(random.nextInt(members.size())));
                } else {
                    members.add(member("new-" + run + "-" + change, ""));
                }
                world.members = List.copyOf(members);
                for (int steps = 0; world.step() != null; steps++) {
                    assertThat(steps).isLessThan(500);
                }
                world.assertAtRest();
            }
        }
    }

    @Test
    void spreadsLeaders() {
        for (int run = 0; run < 25; run++) {
            var members = randomMembers(3 + random.nextInt(6));
            var world = new World(3, members, SHARDS);
            while (world.step() != null) {
                // Until the copies are where they should be.
            }
            // All leaders on as few nodes as can be.
            var unlucky = members.get(0).replica();
            world.shards.replaceAll((shard, each) ->
                    each.hasVoter(unlucky) ? new ShardCopies(shard, unlucky, each.voters(), each.caughtUp()) : each);
            int handOvers = 0;
            for (var next = world.balance(); next.isPresent(); next = world.balance()) {
                assertThat(next.get().kind()).isEqualTo(Kind.LEAD);
                world.apply(next.get());
                assertThat(++handOvers).isLessThan(100);
            }
            var leads = new TreeMap<ReplicaId, Integer>();
            members.forEach(each -> leads.put(each.replica(), 0));
            world.shards.values().forEach(each -> leads.merge(each.leader(), 1, Integer::sum));
            int most = Collections.max(leads.values());
            int fewest = Collections.min(leads.values());
            // As even as can be, wherever copies let a shard be led by others.
            assertThat(most - fewest).as("%s", leads).isLessThanOrEqualTo(2);
        }
    }

    /** Some shards, and what becomes of them when the steps are taken. */
    private static final class World {
        private final int copies;
        private final Map<Integer, ShardCopies> shards = new TreeMap<>();
        private final Set<ReplicaId> lost = new HashSet<>();
        private List<ClusterMember> members;
        private boolean catchesUp = true;

        World(int copies, List<ClusterMember> members, int shardCount) {
            this.copies = copies;
            this.members = members;
            var founder = members.get(0).replica();
            for (int shard = 0; shard < shardCount; shard++) {
                shards.put(shard, new ShardCopies(shard, founder, Voters.of(founder), Set.of(founder)));
            }
        }

        ShardCopies shard(int shard) {
            return Objects.requireNonNull(shards.get(shard));
        }

        /** That node is gone; where it led, somebody else does. */
        void lose(ClusterMember gone) {
            members = without(members, gone);
            lost.add(gone.replica());
            handOver(gone.replica());
        }

        void handOver(ReplicaId from) {
            shards.replaceAll((shard, each) -> from.equals(each.leader())
                    ? new ShardCopies(shard, anotherVoter(each), each.voters(), each.caughtUp())
                    : each);
        }

        private @Nullable ReplicaId anotherVoter(ShardCopies copies) {
            long alive = copies.voters().voters().stream()
                    .filter(each -> !lost.contains(each))
                    .count();
            return alive * 2 <= copies.voters().voters().size()
                    ? null
                    : copies.voters().voters().stream()
                            .filter(each -> !lost.contains(each))
                            .findFirst()
                            .orElseThrow();
        }

        /** Who is not among the members has been gone for long. */
        private Attendance attendance() {
            Set<ReplicaId> gone = new HashSet<>();
            for (var each : shards.values()) {
                gone.addAll(each.voters().voters());
                gone.addAll(each.voters().learners());
            }
            members.forEach(each -> gone.remove(each.replica()));
            return new Attendance(members, gone);
        }

        /** Takes the next step; null when there is none. */
        @Nullable
        PlacementStep step() {
            var next = new PlacementPlan(copies, false, attendance()).next(shards.values());
            next.ifPresent(this::apply);
            return next.orElse(null);
        }

        Optional<PlacementStep> balance() {
            return new LeaderBalance(members).next(shards.values());
        }

        void apply(PlacementStep step) {
            var before = shard(step.shard());
            var voters = before.voters();
            var leader = before.leader();
            assertThat(leader).isNotNull();
            switch (step.kind()) {
                case ADD_LEARNER -> {
                    assertThat(before.hasVoter(step.replica()) || before.hasLearner(step.replica()))
                            .isFalse();
                    voters = voters.withLearner(step.replica());
                }
                case PROMOTE -> {
                    assertThat(before.hasLearner(step.replica()) && before.isCaughtUp(step.replica()))
                            .isTrue();
                    voters = voters.withVoter(step.replica());
                    assertThat(voters.voters().stream()
                                    .map(ReplicaId::nodeId)
                                    .distinct()
                                    .count())
                            .isEqualTo(voters.voters().size());
                }
                case REMOVE -> {
                    assertThat(step.replica()).isNotEqualTo(leader);
                    voters = voters.without(step.replica());
                }
                case LEAD -> {
                    assertThat(before.hasVoter(step.replica()) && before.isCaughtUp(step.replica()))
                            .isTrue();
                    leader = step.replica();
                }
            }
            assertMajorityIsHere(voters);
            var caughtUp = new HashSet<>(before.caughtUp());
            if (catchesUp) {
                voters.learners().forEach(caughtUp::add);
            }
            shards.put(step.shard(), new ShardCopies(step.shard(), leader, voters, caughtUp));
        }

        /** A change that takes the majority away would never be committed. */
        private void assertMajorityIsHere(Voters voters) {
            long here = voters.voters().stream()
                    .filter(each -> !lost.contains(each))
                    .count();
            assertThat(2 * here).isGreaterThan(voters.voters().size());
        }

        void assertAtRest() {
            for (var each : shards.values()) {
                if (each.leader() == null) {
                    continue;
                }
                int voters = each.voters().voters().size();
                assertThat(each.voters().learners()).isEmpty();
                assertThat(voters % 2).isEqualTo(1);
                int odd = members.size() % 2 == 0 ? members.size() - 1 : members.size();
                assertThat(voters).isBetween(Math.min(copies, odd), copies);
                if (members.size() >= copies) {
                    var wanted = RendezvousOrder.of(each.shard(), members).stream()
                            .limit(copies)
                            .map(ClusterMember::replica)
                            .toList();
                    assertThat(each.voters().voters()).containsExactlyInAnyOrderElementsOf(wanted);
                }
            }
        }
    }
}
