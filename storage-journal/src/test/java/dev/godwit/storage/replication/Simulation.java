package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One world, from its seed: a time of trouble, then a time in which all must come right. */
final class Simulation {
    private static final long TROUBLE_MICROS = 20_000_000;
    private static final long PEACE_MICROS = 60_000_000;
    private static final long GLANCE_MICROS = 500_000;

    /**
     * What came of it.
     *
     * @param violations promises that were broken
     * @param live whether everything came right in the end
     * @param picture what it looked like if not
     */
    record Result(
            long seed,
            long events,
            List<String> violations,
            boolean live,
            String picture,
            int elections,
            SimulatedCluster.Counters counters) {
        boolean isGood() {
            return violations.isEmpty() && live;
        }
    }

    private final long seed;
    private final SimulatedCluster cluster;
    private final SimulatedClients clients;
    private final Operator operator;
    private final Nemesis nemesis;
    private final Rallies rallies;

    Simulation(long seed, Flaw flaw) {
        this.seed = seed;
        Random random = new Random(seed);
        int size = random.nextInt(3) == 0 ? 5 : 3;
        int patienceMax = random.nextBoolean() ? 1 : 2 + random.nextInt(2);
        cluster = new SimulatedCluster(size, flaw, random, () -> 1 + random.nextInt(patienceMax));
        clients = new SimulatedClients(cluster);
        operator = new Operator(cluster, flaw);
        nemesis = new Nemesis(cluster, operator, clients);
        rallies = new Rallies(cluster);
    }

    static Result run(long seed, Flaw flaw) {
        return new Simulation(seed, flaw).run();
    }

    private Result run() {
        cluster.nodes.forEach(SimulatedNode::start);
        clients.begin();
        operator.begin();
        nemesis.begin();
        rallies.begin();
        runUntil(TROUBLE_MICROS);
        nemesis.end();
        rallies.end();
        clients.drain();
        long end = TROUBLE_MICROS;
        boolean live = false;
        while (!live && isSound() && end < TROUBLE_MICROS + PEACE_MICROS) {
            end += GLANCE_MICROS;
            cluster.time.runUntil(end);
            live = isAtRest();
        }
        List<String> violations = new ArrayList<>(cluster.violations());
        violations.addAll(HistoryChecker.check(cluster.history, live));
        String picture = live ? "" : "not live: " + cluster.picture();
        return new Result(
                seed,
                cluster.time.happened(),
                violations,
                live,
                picture,
                cluster.agreement.elections(),
                cluster.counters);
    }

    private void runUntil(long micros) {
        for (long until = GLANCE_MICROS; until <= micros && isSound(); until += GLANCE_MICROS) {
            cluster.time.runUntil(until);
        }
    }

    private boolean isSound() {
        return cluster.violations().isEmpty();
    }

    /** One leads, all follow, nothing is left to do. */
    private boolean isAtRest() {
        SimulatedNode.Run leader = operator.leader().orElse(null);
        if (leader == null || !leader.isOpen() || !leader.service().isIdle()) {
            return false;
        }
        long last = leader.replica.lastIndex();
        return operator.isSatisfied(leader.replica.voters())
                && cluster.processes().size() == cluster.nodes.size()
                && cluster.processes().stream()
                        .allMatch(process -> process.replica.commitIndex() == last
                                && process.replica.epoch() == leader.replica.epoch()
                                && !process.replica.isRepairing());
    }
}
