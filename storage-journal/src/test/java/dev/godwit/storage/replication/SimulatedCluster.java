package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/** All nodes of a world, the lines between them, and what is known of them from above. */
final class SimulatedCluster {
    /** Small bounds, so that they are met. */
    private static final ReplicationSettings SETTINGS =
            new ReplicationSettings(100, 1_000, 2_000, 750, 1_000, 16_000, 6, 64_000, 3, 60, 2_000, 1, 1);

    /** How often what happened. */
    static final class Counters {
        long confirmed;
        long transactions;
        long crashes;
        long served;
        long damages;
        long changes;
        long transfers;
        long contentions;
        long asides;

        void add(Counters others) {
            confirmed += others.confirmed;
            transactions += others.transactions;
            crashes += others.crashes;
            served += others.served;
            damages += others.damages;
            changes += others.changes;
            transfers += others.transfers;
            contentions += others.contentions;
            asides += others.asides;
        }
    }

    private record Wish(long micros, Voters voters) {}

    private static final long WISHES_REMEMBERED_MICROS = 10_000_000;

    final VirtualTime time = new VirtualTime();
    final Random random;
    final SimulatedNetwork network;
    final History history = new History();
    final LogAgreement agreement = new LogAgreement();
    final Counters counters = new Counters();
    final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<Wish> wishes = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /** @param patience of each node in turn */
    SimulatedCluster(int size, Flaw flaw, Random random, IntSupplier patience) {
        this.random = random;
        network = new SimulatedNetwork(time, random);
        List<ReplicaId> ids = new ArrayList<>();
        for (int i = 1; i <= size; i++) {
            ids.add(new ReplicaId("n" + i, new UUID(random.nextLong(), random.nextLong())));
        }
        Voters first = Voters.of(ids.toArray(ReplicaId[]::new));
        ids.forEach(
                id -> nodes.add(new SimulatedNode(this, id, first, SETTINGS.withPatience(patience.getAsInt()), flaw)));
    }

    /** Runs what a node does. What it throws is a violation: an assertion of the replica, or of the node, has failed. */
    void guard(String node, Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            failures.add("assertion: " + node + ' ' + e);
        }
    }

    /** What is wrong so far, history apart. */
    List<String> violations() {
        List<String> all = new ArrayList<>(agreement.violations());
        all.addAll(failures);
        return all;
    }

    void send(ReplicaId from, ReplicaId to, ReplicaMessage message) {
        nodes.stream()
                .filter(node -> node.name.equals(to.nodeId()))
                .forEach(node -> network.send(from.nodeId(), to.nodeId(), () -> node.receive(from, to, message)));
    }

    List<SimulatedNode.Run> processes() {
        return nodes.stream()
                .filter(node -> !node.isPaused())
                .map(SimulatedNode::process)
                .filter(Objects::nonNull)
                .toList();
    }

    List<QueueService> services() {
        return processes().stream().map(SimulatedNode.Run::service).toList();
    }

    void crashAndRestart(SimulatedNode node) {
        node.crash();
        counters.crashes++;
        time.after(random.nextInt(random.nextBoolean() ? 300_000 : 5_000_000), node::start);
    }

    /** How the replicas are. */
    String picture() {
        return processes().stream()
                .map(process -> process.replica.toString())
                .collect(Collectors.joining(System.lineSeparator()));
    }

    /** A leader is told to change the voters. Who has lost the entry in a crash may be sent it again by a late message. */
    void onWish(Voters voters) {
        wishes.add(new Wish(time.nowMicros(), voters));
    }

    /** Whether all promises can still be kept when {@code node} loses what it has: the others are a majority, and have all. */
    boolean mayLose(SimulatedNode node) {
        Set<Voters> known = new HashSet<>();
        wishes.stream()
                .filter(wish -> time.nowMicros() - wish.micros() < WISHES_REMEMBERED_MICROS)
                .forEach(wish -> known.add(wish.voters()));
        for (SimulatedNode each : nodes) {
            SimulatedNode.Run process = each.process();
            if (process == null) {
                return false;
            }
            known.add(process.replica.voters());
        }
        return known.stream().allMatch(voters -> voters.voters().isEmpty() || isEnough(voters, node));
    }

    /** Whether each of these voters has all that it ever had. */
    boolean areIntact(Voters voters) {
        return voters.voters().stream().allMatch(id -> nodes.stream().anyMatch(node -> isIntact(node, id)));
    }

    private static boolean isIntact(SimulatedNode node, ReplicaId id) {
        return node.id().equals(id)
                && !node.disk().isDamaged()
                && !node.disk().hardState().repairing();
    }

    private boolean isEnough(Voters voters, SimulatedNode without) {
        long intact = voters.voters().stream()
                .filter(id -> nodes.stream().anyMatch(node -> node != without && isIntact(node, id)))
                .count();
        return intact >= voters.voters().size() / 2 + 1;
    }
}
