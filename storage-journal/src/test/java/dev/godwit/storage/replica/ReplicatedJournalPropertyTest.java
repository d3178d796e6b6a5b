package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
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
import org.junit.jupiter.api.Test;

/**
 * Crashes, cut and bad lines by chance, under a load that remembers what it was told: what was confirmed is there, what was
 * confirmed as removed is not, and nothing is told that was not sent. The threads of the journals are real: a seed gives the same
 * events, and not always the same course of them.
 */
class ReplicatedJournalPropertyTest {
    private static final int SHARD = 0;
    private static final int STEPS = 400;
    private static final long SEED = Long.getLong("godwit.replica.seed", System.nanoTime());

    private final Random random = new Random(SEED);
    private final HandHeldCluster cluster = new HandHeldCluster(
            SEED, 1, HandHeldCluster.configuration().withPendingBytes(64 << 10, 128 << 10), 8 << 10);

    /** By number, where a message that was confirmed lies. */
    private final Map<Integer, Long> confirmed = new TreeMap<>();

    private final Set<Integer> sent = new HashSet<>();
    private final Set<Integer> removalSent = new HashSet<>();
    private final Set<Integer> removed = new HashSet<>();
    private final Map<HandHeldNode, Waiting> waiting = new HashMap<>();
    private int lastNumber;

    /** What was appended at a node in an epoch, and not confirmed yet. */
    private static final class Waiting {
        final long epoch;
        final TreeMap<Long, Runnable> whenConfirmed = new TreeMap<>();

        Waiting(long epoch) {
            this.epoch = epoch;
        }
    }

    @Test
    void keepsWhatItConfirmed() throws Exception {
        System.out.println("-Dgodwit.replica.seed=" + SEED);
        try (cluster) {
            cluster.add("a").bootstrap();
            cluster.add("b").start();
            cluster.add("c").start();
            cluster.join("b");
            cluster.join("c");
            for (int step = 0; step < STEPS; step++) {
                step();
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

    /** No more than one at a time is down. */
    private void crashOrRestart() throws Exception {
        for (HandHeldNode node : cluster.nodes()) {
            if (!node.isUp()) {
                node.restart();
                return;
            }
        }
        hear();
        HandHeldNode victim = any();
        waiting.remove(victim);
        victim.crash();
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
