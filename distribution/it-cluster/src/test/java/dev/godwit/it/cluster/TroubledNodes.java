package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.BrokerProcess;
import dev.godwit.it.ToolProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Three nodes, each with a network and a disk of its own, that talk by TLS, and all that can happen to them. Needs root. Owned by
 * one test thread.
 */
final class TroubledNodes implements AutoCloseable {
    static final String USER = "clients";
    static final String PASSWORD = "through-everything";

    private static final int COUNT = 3;
    private static final int CLIENT_PORT = 5672;
    private static final int CLUSTER_PORT = 7000;
    private static final int DISK_MIB = 1_024;
    private static final int FULL_DISK_LEFT_MIB = 2;
    private static final int SLOW_DISK_STOPS = 10;
    private static final int SLOW_DISK_STOP_MILLIS = 200;

    private final Random random;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<NodeDisk> disks = new ArrayList<>();
    private final NodeNetwork network;
    private final NodeProcesses nodes;

    /** Those who notice what happens. */
    interface Clients {
        /** Waits until something is confirmed that was not when it was called. */
        void awaitConfirmation();
    }

    /** @throws IOException this machine does not let us */
    static TroubledNodes begin(Path directory, Random random) throws IOException, InterruptedException {
        var network = new NodeNetwork(COUNT);
        var disks = new ArrayList<NodeDisk>();
        boolean begun = false;
        try {
            for (int node = 0; node < COUNT; node++) {
                disks.add(
                        new NodeDisk(directory.resolve("n" + node + ".img"), directory.resolve("n" + node), DISK_MIB));
            }
            var nodes = new NodeProcesses(places(directory, network, disks), USER, PASSWORD);
            begun = true;
            return new TroubledNodes(network, disks, nodes, random);
        } finally {
            if (!begun) {
                disks.forEach(NodeDisk::close);
                network.close();
            }
        }
    }

    private TroubledNodes(NodeNetwork network, List<NodeDisk> disks, NodeProcesses nodes, Random random) {
        this.network = network;
        this.disks.addAll(disks);
        this.nodes = nodes;
        this.random = random;
    }

    private static List<NodePlace> places(Path directory, NodeNetwork network, List<NodeDisk> disks)
            throws IOException, InterruptedException {
        var configuration = Files.writeString(directory.resolve("godwit.yaml"), """
                security: {users: [{name: %s, password: "%s"}]}
                # Clients that connect anew send again what was not confirmed.
                addresses: [{pattern: "%s*", duplicate-window: 1 h}]
                """.formatted(
                        USER, PasswordHash.hash(PASSWORD), NumberedFlow.QUEUE_PREFIX));
        var certificates = directory.resolve("certificates");
        var places = new ArrayList<NodePlace>();
        for (int node = 0; node < COUNT; node++) {
            String name = "n" + node;
            assertThat(ToolProcess.run("cluster", "cert", name, "--dir", certificates.toString()))
                    .extracting(ToolProcess::exitCode)
                    .isEqualTo(0);
            var process = new BrokerProcess.Place(
                    network.launcher(node),
                    disks.get(node).directory().resolve("data"),
                    directory.resolve(name + ".log"),
                    NodeNetwork.address(node),
                    CLIENT_PORT);
            places.add(new NodePlace(
                    name,
                    process,
                    CLUSTER_PORT,
                    List.of(
                            "--config",
                            configuration.toString(),
                            "--set",
                            "cluster.certificate=" + certificates.resolve(name + ".pem"),
                            "--set",
                            "cluster.authority=" + certificates.resolve("authority.pem"))));
        }
        return places;
    }

    /** All nodes, for clients that find their way. */
    String uri() {
        return nodes.uri();
    }

    /** Something happens, clients go on while it lasts or when it is over, and in the end all three keep everything. */
    void happens(Trouble trouble, Clients clients) throws Exception {
        int active = nodes.awaitActive();
        int standby = (active + 1 + random.nextInt(COUNT - 1)) % COUNT;
        switch (trouble) {
            case KILL_ACTIVE -> {
                nodes.kill(active);
                clients.awaitConfirmation();
                nodes.restart(active);
            }
            case KILL_STANDBY -> {
                nodes.kill(standby);
                clients.awaitConfirmation();
                nodes.restart(standby);
            }
            case KILL_TWO -> {
                nodes.kill(standby);
                nodes.kill(active);
                pass(500, 3_000);
                nodes.restart(active);
                nodes.restart(standby);
                clients.awaitConfirmation();
            }
            case EMPTY_STANDBY -> {
                String journal = nodes.journalOf(standby);
                nodes.kill(standby);
                nodes.empty(standby);
                clients.awaitConfirmation();
                nodes.restart(standby);
                await().dontCatchUncaughtExceptions()
                        .atMost(Duration.ofMinutes(2))
                        .until(() -> nodes.votesEverywhere(standby, journal));
            }
            case STOP_ACTIVE -> {
                nodes.stop(active);
                clients.awaitConfirmation();
                nodes.restart(active);
            }
            case ROLLING_RESTART -> {
                for (int node = 0; node < COUNT; node++) {
                    nodes.stop(node);
                    nodes.restart(node);
                    nodes.awaitCopies(COUNT);
                }
            }
            case PAUSE_ACTIVE, PAUSE_STANDBY -> {
                int paused = trouble == Trouble.PAUSE_ACTIVE ? active : standby;
                nodes.signal(paused, "STOP");
                pass(3_000, 15_000);
                nodes.signal(paused, "CONT");
            }
            case ISOLATE_ACTIVE, ISOLATE_STANDBY -> {
                network.isolate(trouble == Trouble.ISOLATE_ACTIVE ? active : standby);
                clients.awaitConfirmation();
                pass(0, 5_000);
                network.heal();
            }
            case UNPLUG_ACTIVE -> {
                network.unplug(active);
                clients.awaitConfirmation();
                network.heal();
            }
            case DEAFEN_ACTIVE -> {
                for (int other = 0; other < COUNT; other++) {
                    if (other != active) {
                        network.deafen(active, other);
                    }
                }
                clients.awaitConfirmation();
                network.heal();
            }
            case MUTE_ACTIVE -> {
                for (int other = 0; other < COUNT; other++) {
                    if (other != active) {
                        network.deafen(other, active);
                    }
                }
                clients.awaitConfirmation();
                network.heal();
            }
            case SLOW_DISK_OF_ACTIVE -> slowDown(disks.get(active));
            case SLOW_DISK_OF_STANDBY -> slowDown(disks.get(standby));
            case STALLED_DISK_OF_ACTIVE -> {
                disks.get(active).freeze();
                pass(3_000, 10_000);
                disks.get(active).thaw();
            }
            case FULL_DISK_OF_ACTIVE, FULL_DISK_OF_STANDBY -> {
                var disk = disks.get(trouble == Trouble.FULL_DISK_OF_ACTIVE ? active : standby);
                disk.fill(FULL_DISK_LEFT_MIB);
                pass(3_000, 6_000);
                disk.drain();
            }
            case NO_DISCOVERY -> {
                network.closePort(CLUSTER_PORT + 1);
                pass(6_000, 9_000);
                clients.awaitConfirmation();
                network.heal();
            }
            case NO_HAZELCAST -> {
                for (int node = 0; node < COUNT; node++) {
                    nodes.endHazelcast(node);
                }
                clients.awaitConfirmation();
                nodes.kill(active);
                clients.awaitConfirmation();
                nodes.restart(active);
                nodes.awaitCopies(COUNT);
                // Only a start begins Hazelcast again.
                for (int node = 0; node < COUNT; node++) {
                    if (node != active) {
                        nodes.stop(node);
                        nodes.restart(node);
                        nodes.awaitCopies(COUNT);
                    }
                }
            }
        }
        clients.awaitConfirmation();
        nodes.awaitCopies(COUNT);
    }

    private void slowDown(NodeDisk disk) throws Exception {
        for (int stop = 0; stop < SLOW_DISK_STOPS; stop++) {
            disk.freeze();
            pass(SLOW_DISK_STOP_MILLIS, SLOW_DISK_STOP_MILLIS);
            disk.thaw();
            pass(SLOW_DISK_STOP_MILLIS / 4, SLOW_DISK_STOP_MILLIS);
        }
    }

    private void pass(int millisMin, int millisMax) throws Exception {
        int millis = millisMin + random.nextInt(millisMax - millisMin + 1);
        timer.schedule(() -> {}, millis, TimeUnit.MILLISECONDS).get();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        for (NodeDisk disk : disks) {
            try {
                disk.thaw();
            } catch (IOException failed) {
                System.out.println("a disk stands still: " + failed.getMessage());
            }
        }
        nodes.close();
        disks.forEach(NodeDisk::close);
        network.close();
    }
}
