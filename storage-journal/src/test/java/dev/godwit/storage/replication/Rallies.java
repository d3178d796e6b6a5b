package dev.godwit.storage.replication;

import java.util.List;
import java.util.Random;

/**
 * Nodes that lead something else with the same voters, and want to lead this too: again and again their replicas are told to contend,
 * whatever they are, while another leads, and two of them at a time. In some worlds nobody does.
 */
final class Rallies {
    private static final long PERIOD_MICROS = 100_000;

    private final SimulatedCluster cluster;
    private final Random random;
    private final int kind;
    private List<SimulatedNode> callers = List.of();
    private boolean over;

    Rallies(SimulatedCluster cluster) {
        this.cluster = cluster;
        random = cluster.random;
        kind = random.nextInt(3);
    }

    void begin() {
        if (kind > 0) {
            choose();
            call();
        }
    }

    private void choose() {
        if (!over) {
            int some = Math.max(0, random.nextInt(4) - 1);
            callers = random.ints(some, 0, cluster.nodes.size())
                    .mapToObj(cluster.nodes::get)
                    .distinct()
                    .toList();
            cluster.time.after(random.nextInt(4_000_000), this::choose);
        }
    }

    private void call() {
        callers.forEach(SimulatedNode::contend);
        if (!over || !callers.isEmpty()) {
            cluster.time.after(PERIOD_MICROS, this::call);
        }
    }

    /** One at most goes on for ever. */
    void end() {
        over = true;
        callers = kind == 1 ? List.of() : List.of(cluster.nodes.get(random.nextInt(cluster.nodes.size())));
    }
}
