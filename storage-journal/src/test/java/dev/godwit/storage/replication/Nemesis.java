package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever can go wrong, in a mixture that is another one in each world. */
final class Nemesis {
    private enum Fault {
        CRASH,
        CRASH_ALL,
        PAUSE,
        ISOLATE,
        CUT_ONE_WAY,
        SPLIT,
        SLOW_LINES,
        HEAL_LINES,
        SLOW_DISK,
        FAIL_SYNC,
        FLIP_BIT,
        WIPE_DISK,
        DRIFT,
        CHECKPOINT,
        TRANSFER,
        REMOVE_VOTER,
        CONTEND,
        STAND_ASIDE
    }

    private final SimulatedCluster cluster;
    private final Operator operator;
    private final SimulatedClients clients;
    private final Random random;
    private final List<Fault> mixture = new ArrayList<>();
    private final long paceMicros;
    private boolean over;

    Nemesis(SimulatedCluster cluster, Operator operator, SimulatedClients clients) {
        this.cluster = cluster;
        this.operator = operator;
        this.clients = clients;
        random = cluster.random;
        for (Fault fault : Fault.values()) {
            for (int weight = random.nextInt(4); weight > 0; weight--) {
                mixture.add(fault);
            }
        }
        mixture.add(Fault.HEAL_LINES);
        mixture.add(Fault.CHECKPOINT);
        paceMicros = 50_000L + random.nextInt(1_200_000);
    }

    void begin() {
        boolean rough = random.nextBoolean();
        cluster.network.misbehave(
                rough ? 0.05 * random.nextDouble() : 0,
                rough ? 0.05 * random.nextDouble() : 0,
                rough ? 0.1 * random.nextDouble() : 0);
        next();
    }

    private void next() {
        cluster.time.after((long) (random.nextDouble() * 2 * paceMicros), () -> {
            if (!over) {
                strike(mixture.get(random.nextInt(mixture.size())), node());
                next();
            }
        });
    }

    private SimulatedNode node() {
        if (random.nextInt(3) == 0) {
            for (SimulatedNode node : cluster.nodes) {
                SimulatedNode.Run process = node.process();
                if (process != null && process.replica.role() == Role.LEADER) {
                    return node;
                }
            }
        }
        return cluster.nodes.get(random.nextInt(cluster.nodes.size()));
    }

    private void strike(Fault fault, SimulatedNode node) {
        switch (fault) {
            case CRASH -> crash(node);
            case CRASH_ALL -> cluster.nodes.forEach(this::crash);
            case PAUSE -> pause(node);
            case ISOLATE -> isolate(node);
            case CUT_ONE_WAY -> cutOneWay(node);
            case SPLIT -> split();
            case SLOW_LINES -> slowLines(node);
            case HEAL_LINES -> cluster.network.healLines();
            case SLOW_DISK -> slowDown(node);
            case FAIL_SYNC -> node.disk().failNextSync();
            case FLIP_BIT -> flipBit(node);
            case WIPE_DISK -> wipe(node);
            case DRIFT -> node.clock.drift(random.nextInt(160) - 80);
            case CHECKPOINT -> checkpoint(node);
            case TRANSFER -> transfer();
            case REMOVE_VOTER -> operator.removeSome();
            case CONTEND -> contend();
            case STAND_ASIDE -> operator.drain(node);
        }
    }

    private void crash(SimulatedNode node) {
        if (node.process() != null) {
            cluster.crashAndRestart(node);
        }
    }

    private void pause(SimulatedNode node) {
        node.pause();
        cluster.time.after(random.nextInt(random.nextBoolean() ? 500_000 : 5_000_000), () -> {
            SimulatedNode.Run process = node.process();
            if (process != null && node.isPaused() && random.nextBoolean()) {
                node.wake();
                clients.rush(process.service());
            }
            node.resume();
        });
    }

    private void isolate(SimulatedNode node) {
        for (SimulatedNode other : cluster.nodes) {
            if (other != node) {
                cluster.network.cut(node.name, other.name);
                cluster.network.cut(other.name, node.name);
            }
        }
    }

    private void cutOneWay(SimulatedNode node) {
        boolean deaf = random.nextBoolean();
        for (SimulatedNode other : cluster.nodes) {
            if (other != node && random.nextInt(4) > 0) {
                cluster.network.cut(deaf ? other.name : node.name, deaf ? node.name : other.name);
            }
        }
    }

    private void split() {
        List<SimulatedNode> left =
                cluster.nodes.stream().filter(node -> random.nextBoolean()).toList();
        for (SimulatedNode one : cluster.nodes) {
            for (SimulatedNode other : cluster.nodes) {
                if (left.contains(one) != left.contains(other)) {
                    cluster.network.cut(one.name, other.name);
                }
            }
        }
    }

    private void slowLines(SimulatedNode node) {
        int micros = 200_000 + random.nextInt(1_800_000);
        for (SimulatedNode other : cluster.nodes) {
            if (other != node) {
                cluster.network.slowDown(other.name, node.name, micros);
            }
        }
    }

    /** Perhaps the one that hands over hears nothing of what follows. */
    private void transfer() {
        SimulatedNode leader = cluster.nodes.stream()
                .filter(node ->
                        node.process() != null && operator.leader().stream().anyMatch(node.process()::equals))
                .findFirst()
                .orElse(null);
        operator.transfer();
        if (leader != null && random.nextBoolean()) {
            cluster.time.after(random.nextInt(8_000), () -> {
                if (!over) {
                    isolate(leader);
                }
            });
        }
    }

    /** Several at once are in each other's way. */
    private void contend() {
        cluster.nodes.stream().filter(node -> random.nextInt(3) > 0).forEach(SimulatedNode::contend);
    }

    private void slowDown(SimulatedNode node) {
        node.disk().slowDown(20 + random.nextInt(300));
        cluster.time.after(random.nextInt(5_000_000), () -> node.disk().slowDown(1));
    }

    private void flipBit(SimulatedNode node) {
        if (cluster.mayLose(node)) {
            node.crash();
            if (node.disk().flipBit()) {
                cluster.counters.damages++;
            }
            cluster.time.after(random.nextInt(1_000_000), node::start);
        }
    }

    private void wipe(SimulatedNode node) {
        if (cluster.mayLose(node)) {
            node.crash();
            node.wipe();
            cluster.counters.damages++;
            cluster.time.after(random.nextInt(3_000_000), node::start);
        }
    }

    private void checkpoint(SimulatedNode node) {
        SimulatedNode.Run process = node.process();
        if (process != null && !node.isPaused()) {
            cluster.guard(node.name, process::checkpointNow);
        }
    }

    /** From now on all is well: every node runs, every line holds. */
    void end() {
        over = true;
        cluster.network.healLines();
        cluster.network.misbehave(0, 0, 0);
        for (SimulatedNode node : cluster.nodes) {
            node.disk().slowDown(1);
            node.resume();
            node.start();
        }
        operator.undoDrains();
    }
}
