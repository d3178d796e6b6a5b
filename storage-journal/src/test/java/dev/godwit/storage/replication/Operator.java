package dev.godwit.storage.replication;

import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Sees to it that each node is a voter, one step after the other: who is gone is removed, who is new learns first. Has nodes stand aside
 * for a while.
 */
final class Operator {
    private final SimulatedCluster cluster;
    private final Flaw flaw;
    private final int stepMicros;

    Operator(SimulatedCluster cluster, Flaw flaw) {
        this.cluster = cluster;
        this.flaw = flaw;
        stepMicros = cluster.random.nextBoolean() ? 400_000 : 2_500_000;
    }

    void begin() {
        cluster.time.after((long) stepMicros + cluster.random.nextInt(stepMicros), () -> {
            leader().ifPresent(leader -> cluster.guard("operator", () -> step(leader)));
            begin();
        });
    }

    Optional<SimulatedNode.Run> leader() {
        return cluster.processes().stream()
                .filter(process -> process.replica.isServing())
                .findFirst();
    }

    /** Whether nothing is left to do. */
    boolean isSatisfied(Voters voters) {
        return voters.learners().isEmpty() && voters.voters().equals(wanted());
    }

    private NavigableSet<ReplicaId> wanted() {
        NavigableSet<ReplicaId> ids = new TreeSet<>();
        cluster.nodes.forEach(node -> ids.add(node.id()));
        return ids;
    }

    private void step(SimulatedNode.Run leader) {
        Voters current = leader.replica.voters();
        NavigableSet<ReplicaId> wanted = wanted();
        Optional<ReplicaId> gone =
                current.all().filter(id -> !wanted.contains(id)).findFirst();
        Optional<ReplicaId> missing = wanted.stream()
                .filter(id -> current.all().noneMatch(id::equals))
                .findFirst();
        if (gone.isPresent()) {
            change(leader, current.without(gone.get()));
        } else if (missing.isPresent()) {
            change(leader, current.withLearner(missing.get()));
        } else if (!current.learners().isEmpty()) {
            change(leader, current.withVoter(current.learners().first()));
        }
    }

    /** Takes one voter out, who comes back by and by. */
    void removeSome() {
        leader().ifPresent(leader -> {
            Voters current = leader.replica.voters();
            if (current.voters().size() >= 3 && cluster.areIntact(current)) {
                int which = cluster.random.nextInt(current.voters().size());
                ReplicaId id = current.voters().stream().skip(which).findFirst().orElseThrow();
                Voters next = current.without(id);
                if (flaw == Flaw.CHANGES_AT_ONCE && next.voters().size() >= 2) {
                    next = next.without(next.voters().first());
                }
                change(leader, next);
            }
        });
    }

    /** The node is not to lead for a while. If it does, it may be asked to hand over. */
    void drain(SimulatedNode node) {
        boolean handsOver = cluster.random.nextBoolean();
        node.standAside(true);
        if (handsOver) {
            transfer();
        }
        cluster.time.after(cluster.random.nextInt(6_000_000), () -> node.standAside(false));
    }

    /** Nobody stands aside any more, but one perhaps, if the others are enough. */
    void undoDrains() {
        cluster.nodes.forEach(node -> node.standAside(false));
        SimulatedNode some = cluster.nodes.get(cluster.random.nextInt(cluster.nodes.size()));
        if (cluster.random.nextBoolean() && cluster.mayLose(some)) {
            some.standAside(true);
        }
    }

    private void change(SimulatedNode.Run leader, Voters next) {
        if (leader.replica.changeVoters(leader.millis(), next) == ChangeAnswer.BEGUN) {
            cluster.counters.changes++;
            cluster.onWish(next);
        }
    }

    /** Asks the leader to hand over to some other voter, or to lead anew. */
    void transfer() {
        leader().ifPresent(leader -> {
            NavigableSet<ReplicaId> voters = leader.replica.voters().voters();
            ReplicaId target = voters.stream()
                    .skip(cluster.random.nextInt(voters.size()))
                    .findFirst()
                    .orElseThrow();
            if (target.equals(leader.replica.leader())) {
                leader.leadAnew();
            } else if (leader.replica.transferTo(leader.millis(), target) == ChangeAnswer.BEGUN) {
                cluster.counters.transfers++;
            }
        });
    }
}
