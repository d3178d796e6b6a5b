package dev.godwit.it.cluster;

import static org.awaitility.Awaitility.await;

import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.ManagementRequest;
import dev.godwit.it.BrokerProcess;
import dev.godwit.it.ToolProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** The nodes n0, n1, … of a cluster, each in a process of its own. Owned by one test thread. */
final class NodeProcesses implements AutoCloseable {
    private static final Pattern SEGMENT = Pattern.compile("journal-([0-9a-f]{16})\\.seg");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Within that an active node answers, or it is taken for lost. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final List<NodePlace> places;
    private final @Nullable String user;
    private final @Nullable String password;

    /** Nodes whose disk was emptied: another one tells them where the cluster is. */
    private final Set<Integer> emptied = new HashSet<>();

    private final List<@Nullable BrokerProcess> processes = new ArrayList<>();

    /**
     * Begins a cluster of so many nodes, and waits until all keep copies of everything.
     *
     * @param further arguments of each node
     */
    NodeProcesses(Path directory, int count, String... further) throws IOException {
        this(NodePlace.onLoopback(directory, count, further), null, null);
    }

    /**
     * As the other one, at places of their own.
     *
     * @param user who may ask the nodes how they are; null where everybody may
     */
    NodeProcesses(List<NodePlace> places, @Nullable String user, @Nullable String password) throws IOException {
        this.places = List.copyOf(places);
        this.user = user;
        this.password = password;
        boolean begun = false;
        try {
            for (int node = 0; node < places.size(); node++) {
                processes.add(start(node));
            }
            awaitCopies(places.size());
            begun = true;
        } finally {
            if (!begun) {
                close();
            }
        }
    }

    private BrokerProcess start(int node) throws IOException {
        return BrokerProcess.startNode(places.get(node).process(), arguments(node));
    }

    /** Starts one again that is expected not to come up. */
    BrokerProcess.Ending restartInVain(int node) throws IOException {
        var place = places.get(node).process();
        return BrokerProcess.startInVain(place.data(), place.port(), arguments(node));
    }

    private String[] arguments(int node) {
        var place = places.get(node);
        var arguments = new ArrayList<>(List.of(
                "--set",
                "node.name=" + place.name(),
                "--set",
                "event-loops=2",
                "--cluster-listen",
                place.clusterAddress()));
        arguments.addAll(place.arguments());
        if (node > 0 || emptied.contains(node)) {
            arguments.addAll(List.of("--join", places.get(node > 0 ? 0 : 1).clusterAddress()));
        }
        return arguments.toArray(String[]::new);
    }

    /** All nodes, for clients that find their way. */
    String uri() {
        return uriOf(IntStream.range(0, places.size()).toArray());
    }

    /** Some of the nodes: of the others clients hear when they connect. */
    String uriOf(int... nodes) {
        return failover(nodes) + "?failover.maxReconnectDelay=50&transport.connectTimeout=2000&amqp.idleTimeout=4000";
    }

    /** The same without options. */
    String failover(int... nodes) {
        return Arrays.stream(nodes)
                .mapToObj(node -> places.get(node).uri())
                .collect(Collectors.joining(",", "failover:(", ")"));
    }

    /** Runs {@code godwit cluster} with these arguments, asking that node. */
    ToolProcess tool(int node, String... arguments) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(
                "--broker",
                places.get(node).process().host() + ":"
                        + places.get(node).process().port()));
        return ToolProcess.run(all.toArray(String[]::new));
    }

    /** What nodes print, one file for each. */
    List<Path> logs() {
        return places.stream().map(place -> place.process().log()).toList();
    }

    /** The node that clients are served by, when one is. */
    int awaitActive() {
        return patiently().until(this::active, node -> node >= 0);
    }

    /** What Vert.x throws in a thread of its own, when a connection is given up that is being made, is no failure of ours. */
    private static ConditionFactory patiently() {
        return await().dontCatchUncaughtExceptions().atMost(PATIENCE);
    }

    private int active() {
        for (int node = 0; node < processes.size(); node++) {
            if (processes.get(node) != null && serves(node)) {
                return node;
            }
        }
        return -1;
    }

    /** What is said of the cluster to a client of a node, by whichever node is active; null when none is reached. */
    private @Nullable Map<?, ?> report(int node) {
        var place = places.get(node).process();
        try {
            return ClientRun.<Map<?, ?>>within(
                    ANSWER,
                    new BrokerEndpoint(place.host(), place.port(), user, password),
                    (session, answered) ->
                            ManagementRequest.start(session, Map.of("operation", "CLUSTER-STATUS"), answered));
        } catch (ClientFailedException notThere) {
            return null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Waits until so many nodes vote on each shard, whoever leads it next, and none of them is behind by much. */
    void awaitCopies(int count) {
        patiently().until(() -> {
            int node = active();
            var report = node < 0 ? null : report(node);
            return report != null
                    && shardsOf(report)
                            .allMatch(shard -> Boolean.TRUE.equals(shard.get("settled")) && votersOf(shard) == count);
        });
    }

    /** Waits until a node has on its disk all that is committed. */
    void awaitAll(int node) {
        String name = places.get(node).name();
        patiently().until(() -> {
            int active = active();
            var report = active < 0 ? null : report(active);
            return report != null
                    && shardsOf(report).allMatch(shard -> copiesOf(shard)
                            .anyMatch(copy -> name.equals(copy.get("node"))
                                    && Long.valueOf(0).equals(copy.get("lag"))));
        });
    }

    /** Where a node keeps all that it has. */
    Path data(int node) {
        return places.get(node).process().data();
    }

    private static long votersOf(Map<?, ?> shard) {
        return copiesOf(shard)
                .filter(copy -> Boolean.TRUE.equals(copy.get("votes"))
                        && copy.get("lag") instanceof Long lag
                        && lag >= 0
                        && lag < 1_000)
                .count();
    }

    private static Stream<Map<?, ?>> copiesOf(Map<?, ?> shard) {
        return shard.get("copies") instanceof List<?> copies
                ? copies.stream().map(each -> (Map<?, ?>) each)
                : Stream.of();
    }

    private static Stream<Map<?, ?>> shardsOf(@Nullable Map<?, ?> report) {
        return report != null && report.get("shards") instanceof List<?> shards
                ? shards.stream().map(each -> (Map<?, ?>) each)
                : Stream.of();
    }

    /** Which journal a node's copies are in, as the active node says; one for all shards. */
    String journalOf(int node) {
        return shardsOf(report(awaitActive()))
                .flatMap(NodeProcesses::copiesOf)
                .filter(copy -> places.get(node).name().equals(copy.get("node")))
                .map(copy -> String.valueOf(copy.get("journal")))
                .findFirst()
                .orElseThrow();
    }

    /** Whether a node votes on all shards, with another journal than before. */
    boolean votesEverywhere(int node, String journalBefore) {
        int active = active();
        List<Map<?, ?>> shards =
                active < 0 ? List.of() : shardsOf(report(active)).toList();
        return !shards.isEmpty()
                && shards.stream().allMatch(shard -> {
                    List<Map<?, ?>> own = copiesOf(shard)
                            .filter(copy -> places.get(node).name().equals(copy.get("node")))
                            .toList();
                    return own.size() == 1
                            && Boolean.TRUE.equals(own.get(0).get("votes"))
                            && !journalBefore.equals(String.valueOf(own.get(0).get("journal")));
                });
    }

    /** The number of the oldest file that a node's journal needs. */
    long oldestSegment(int node) throws IOException {
        try (Stream<Path> files = Files.list(places.get(node).process().data().resolve("journal"))) {
            return files.map(file -> SEGMENT.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1), 16))
                    .min()
                    .orElseThrow();
        }
    }

    /** Deletes all that a node has that is down, as if its disk had been replaced. */
    void empty(int node) throws IOException {
        try (Stream<Path> files = Files.walk(places.get(node).process().data())) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        emptied.add(node);
    }

    /** SIGKILL. */
    void kill(int node) {
        var process = processes.get(node);
        if (process != null) {
            process.kill();
            processes.set(node, null);
        }
    }

    /** SIGTERM: returns when the node has ended. */
    void stop(int node) {
        var process = processes.get(node);
        if (process != null) {
            process.close();
            processes.set(node, null);
        }
    }

    /** Starts one again that was killed, or stopped. */
    void restart(int node) throws IOException {
        processes.set(node, start(node));
    }

    /** Hazelcast ends in a node; the node does not. */
    void endHazelcast(int node) throws IOException {
        var process = processes.get(node);
        if (process != null) {
            HazelcastEnd.in(process.pid());
        }
    }

    /** Sends a signal, such as STOP or CONT. */
    void signal(int node, String name) throws IOException, InterruptedException {
        var process = processes.get(node);
        if (process != null) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    /** Whether it is that node which answers its clients, and no other one that they are passed on to. */
    boolean serves(int node) {
        var report = report(node);
        return report != null && places.get(node).name().equals(report.get("active"));
    }

    @Override
    public void close() {
        for (int node = 0; node < processes.size(); node++) {
            kill(node);
        }
    }
}
