package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.RecordedReplay;
import dev.godwit.storage.segment.Records;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Crashes, cut and bad lines by chance, under a load that remembers what it was told: what was confirmed is there, what was
 * confirmed as removed is not, and nothing is told that was not sent. The threads of the journals are real: a seed gives the same
 * events, and not always the same course of them. The long form is {@code -Dgodwit.replica.steps=2000}.
 */
class ReplicatedJournalPropertyTest {
    private static final int SHARD = 0;
    private static final @Nullable Integer STEPS = Integer.getInteger("godwit.replica.steps");
    private static final long SEED = Long.getLong("godwit.replica.seed", System.nanoTime());

    private final Random random = new Random(SEED);

    /** Copies are away for long, and come back with an empty disk: nothing is kept for them. */
    private boolean withStates;

    private HandHeldCluster cluster = cluster(HandHeldCluster.configuration());

    /** By number, where a message that was confirmed lies. */
    private final Map<Integer, Long> confirmed = new TreeMap<>();

    private final Set<Integer> sent = new HashSet<>();
    private final Set<Integer> removalSent = new HashSet<>();
    private final Set<Integer> removed = new HashSet<>();
    private final Map<HandHeldNode, Waiting> waiting = new HashMap<>();
    private int lastNumber;

    /** Who a node was before its disk was emptied, until it is taken in again. */
    private @Nullable ReplicaId emptied;

    private int statesForced;

    /** What was appended at a node in an epoch, and not confirmed yet. */
    private static final class Waiting {
        final long epoch;
        final TreeMap<Long, Runnable> whenConfirmed = new TreeMap<>();

        Waiting(long epoch) {
            this.epoch = epoch;
        }
    }

    private static HandHeldCluster cluster(JournalConfiguration configuration) {
        return new HandHeldCluster(SEED, 1, configuration.withPendingBytes(64 << 10, 128 << 10), 8 << 10);
    }

    @Test
    void keepsWhatItConfirmed() throws Exception {
        live(400);
    }

    /** The same where copies are given the state in place of the log, and are stopped in the midst of it. */
    @Test
    void keepsWhatItConfirmedWhereStatesAreGiven() throws Exception {
        withStates = true;
        cluster = cluster(HandHeldCluster.configuration().withLogTail(0));
        live(150);
        assertThat(statesForced).as("states that were wanted").isPositive();
        assertThat(cluster.piecesSent).isGreaterThan(statesForced);
    }

    /** @param steps if nobody says how many */
    private void live(int steps) throws Exception {
        int stepsToGo = STEPS == null ? steps : STEPS;
        System.out.println("-Dgodwit.replica.seed=" + SEED);
        try (HandHeldCluster begun = cluster) {
            begun.add("a").bootstrap();
            cluster.add("b").start();
            cluster.add("c").start();
            cluster.join("b");
            cluster.join("c");
            for (int step = 0; step < stepsToGo; step++) {
                if (withStates && step == stepsToGo / 2) {
                    beAwayForLong();
                } else {
                    step();
                }
                cluster.pass(1 + random.nextInt(20));
                hear();
            }
            settle();
            check();
        }
    }

    private void step() throws Exception {
        int chance = random.nextInt(100);
        if (chance < 80) {
            load();
        } else if (withStates && chance < 83) {
            beAwayForLong();
        } else if (chance < 84) {
            crashOrRestart();
        } else if (chance < 88) {
            cluster.heal();
            cluster.cutOff(any().name);
        } else if (chance < 92) {
            cluster.heal();
        } else if (chance < 94) {
            cluster.lose(random.nextInt(50));
        } else if (chance < 97) {
            cluster.goOn(random.nextInt(3_000));
        } else {
            checkTold(cluster.nodes().stream()
                    .filter(node -> node.isUp() && node.copy(SHARD).isServing())
                    .toList());
        }
    }

    private HandHeldNode any() {
        List<HandHeldNode> nodes = new ArrayList<>(cluster.nodes());
        return nodes.get(random.nextInt(nodes.size()));
    }

    /**
     * One is down while the others go on for so long that nothing is kept for it; then it is back, perhaps with an empty disk, and
     * perhaps somebody dies while it is given what it has missed.
     */
    private void beAwayForLong() throws Exception {
        cluster.heal();
        if (emptied != null) {
            takeIn();
        }
        for (HandHeldNode node : cluster.nodes()) {
            if (!node.isUp()) {
                node.restart();
            }
        }
        HandHeldNode victim = any();
        crash(victim);
        cluster.leader(SHARD);
        for (int round = 0; round < 60; round++) {
            load();
            cluster.pass(20);
            hear();
            if (round % 5 == 0) {
                cluster.goOn(FollowerPace.STILL_MILLIS / 10);
            }
        }
        statesForced++;
        if (random.nextInt(3) == 0) {
            emptied = victim.id();
            victim.restartEmptied();
            ReplicaId now = victim.id();
            cluster.change(SHARD, voters -> voters.withLearner(now));
        } else {
            victim.restart();
        }
        cluster.lose(random.nextInt(3) == 0 ? 30 : 0);
        int pieces = cluster.piecesSent + random.nextInt(8);
        for (int pass = 0; pass < 200 && cluster.piecesSent < pieces; pass++) {
            load();
            cluster.pass(10);
            hear();
        }
        if (random.nextBoolean()) {
            crash(emptied == null ? any() : victim);
        }
    }

    /** The emptied node votes in the place of who it was: until then one more that is down would be one too many. */
    private void takeIn() throws Exception {
        ReplicaId before = Objects.requireNonNull(emptied);
        HandHeldNode node = cluster.node(before.nodeId());
        if (!node.isUp()) {
            node.restart();
        }
        cluster.replace(node.name, before);
        emptied = null;
    }

    private void crash(HandHeldNode victim) {
        hear();
        waiting.remove(victim);
        victim.crash();
    }

    /** No more than one at a time is down. */
    private void crashOrRestart() throws Exception {
        for (HandHeldNode node : cluster.nodes()) {
            if (!node.isUp()) {
                node.restart();
                return;
            }
        }
        crash(emptied == null ? any() : cluster.node(emptied.nodeId()));
    }

    /** Each one that takes something is given some, also one that does not know yet that it was deposed. */
    private void load() {
        for (HandHeldNode node : cluster.nodes()) {
            if (!node.isUp() || node.seat(SHARD).log == null) {
                continue;
            }
            for (int i = random.nextInt(8); i > 0; i--) {
                append(node);
            }
        }
    }

    private void append(HandHeldNode node) {
        Waiting waits = waitingOf(node);
        List<Integer> removable = confirmed.keySet().stream()
                .filter(number -> !removalSent.contains(number))
                .toList();
        if (node.log(SHARD).isCongested()) {
            return;
        }
        if (removable.isEmpty() || random.nextInt(3) > 0) {
            int number = ++lastNumber;
            long index = node.log(SHARD).append(message(number));
            sent.add(number);
            waits.whenConfirmed.put(index, () -> confirmed.put(number, index));
        } else {
            int number = removable.get(random.nextInt(removable.size()));
            JournalRecord removal = Records.removed(Objects.requireNonNull(confirmed.get(number)));
            boolean lazily = random.nextBoolean();
            long index = lazily
                    ? node.log(SHARD).appendLazily(removal)
                    : node.log(SHARD).append(removal);
            removalSent.add(number);
            waits.whenConfirmed.put(index, () -> removed.add(number));
        }
    }

    private static JournalRecord.MessageEnqueued message(int number) {
        return Records.message("message " + number + " ".repeat(number * 37 % 1_500));
    }

    private Waiting waitingOf(HandHeldNode node) {
        long epoch = node.log(SHARD).epoch();
        Waiting known = waiting.get(node);
        if (known == null || known.epoch != epoch) {
            known = new Waiting(epoch);
            waiting.put(node, known);
        }
        return known;
    }

    /** What was confirmed since the last time. */
    private void hear() {
        waiting.forEach((node, waits) -> {
            HandHeldNode.Seat seat = node.seat(SHARD);
            if (seat.servedEpoch == waits.epoch && !seat.commits.isEmpty()) {
                var told = waits.whenConfirmed.headMap(seat.commits.get(seat.commits.size() - 1), true);
                told.values().forEach(Runnable::run);
                told.clear();
            }
        });
    }

    private void settle() throws Exception {
        cluster.heal();
        for (HandHeldNode node : cluster.nodes()) {
            if (!node.isUp()) {
                node.restart();
            }
        }
        if (emptied != null) {
            takeIn();
        }
        HandHeldNode leader = cluster.leader(SHARD);
        hear();
        leader.store(SHARD, message(++lastNumber));
        sent.add(lastNumber);
        cluster.untilAllHaveAll();
        hear();
    }

    /** A node that serves tells at least what was confirmed before, and nothing that was confirmed as removed. */
    private void checkTold(List<HandHeldNode> serving) {
        for (HandHeldNode node : serving) {
            hear();
            if (node.seat(SHARD).leaseUntilMillis <= cluster.millis()) {
                continue;
            }
            Map<Integer, Long> before = new TreeMap<>(confirmed);
            before.keySet().removeAll(removalSent);
            Set<Integer> removedBefore = new HashSet<>(removed);
            List<Long> alive = Objects.requireNonNull(node.replay().get(SHARD)).order();
            assertThat(alive).containsAll(before.values());
            for (int number : removedBefore) {
                assertThat(alive).doesNotContain(Objects.requireNonNull(confirmed.get(number)));
            }
        }
    }

    private void check() {
        HandHeldNode leader = cluster.leader(SHARD);
        RecordedReplay told = Objects.requireNonNull(leader.replay().get(SHARD));
        for (HandHeldNode node : cluster.nodes()) {
            assertThat(Objects.requireNonNull(node.replay().get(SHARD)).order()).isEqualTo(told.order());
            assertThat(node.failures).isEmpty();
        }
        long[] alive = told.order().stream().mapToLong(Long::longValue).toArray();
        Map<Long, JournalRecord> bodies = leader.read(SHARD, alive);
        assertThat(bodies).hasSize(alive.length);
        for (HandHeldNode node : cluster.nodes()) {
            cluster.until(() -> {
                cluster.leader(SHARD).copy(SHARD).transferTo(node.id());
                return node.copy(SHARD).isServing();
            });
            assertThat(node.read(SHARD, alive)).isEqualTo(bodies);
        }
        Map<JournalRecord, Integer> numbers = new HashMap<>();
        sent.forEach(number -> numbers.put(message(number), number));
        Set<Integer> there = new HashSet<>();
        bodies.forEach((index, record) -> {
            Integer number = numbers.get(record);
            assertThat(number).as("record " + index).isNotNull();
            assertThat(there.add(Objects.requireNonNull(number))).as("once").isTrue();
            Long at = confirmed.get(number);
            assertThat(at == null || at.equals(index)).isTrue();
        });
        confirmed.forEach((number, index) -> {
            if (!removalSent.contains(number)) {
                assertThat(bodies).containsEntry(index, message(number));
            }
        });
        assertThat(there).doesNotContainAnyElementsOf(removed);
        assertThat(confirmed).as("enough happened").hasSizeGreaterThan(50);
        assertThat(removed).isNotEmpty();
    }
}
