package dev.godwit.it.cluster;

import dev.godwit.it.BrokerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where one node of a cluster runs.
 *
 * @param name its {@code node.name}
 * @param clusterPort for nodes; the one above it is theirs, too
 * @param arguments of {@code godwit run}, besides where it listens and whom it joins
 */
record NodePlace(String name, BrokerProcess.Place process, int clusterPort, List<String> arguments) {
    /**
     * So many on this machine's loopback, each with the data directory {@code n<number>}; they trust each other.
     *
     * @param further arguments of each node
     */
    static List<NodePlace> onLoopback(Path directory, int count, String... further) throws IOException {
        var arguments = new ArrayList<>(List.of("--set", "cluster.insecure=true"));
        arguments.addAll(List.of(further));
        int[] clientPorts = freePorts(count);
        int[] clusterPorts = freePorts(count);
        var places = new ArrayList<NodePlace>();
        for (int node = 0; node < count; node++) {
            String name = "n" + node;
            var process = new BrokerProcess.Place(
                    List.of(),
                    directory.resolve(name),
                    directory.resolve(name + ".log"),
                    "127.0.0.1",
                    clientPorts[node]);
            places.add(new NodePlace(name, process, clusterPorts[node], List.copyOf(arguments)));
        }
        return places;
    }

    /** Each with the one above it free, too. */
    private static int[] freePorts(int count) throws IOException {
        int[] ports = new int[count];
        var held = new ArrayList<ServerSocket>();
        try {
            while (held.size() < 2 * count) {
                var first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                try {
                    var second = new ServerSocket(first.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress());
                    ports[held.size() / 2] = first.getLocalPort();
                    held.addAll(List.of(first, second));
                } catch (IOException | IllegalArgumentException taken) {
                    first.close();
                }
            }
            return ports;
        } finally {
            for (ServerSocket each : held) {
                each.close();
            }
        }
    }

    String clusterAddress() {
        return process.host() + ':' + clusterPort;
    }

    /** Where clients connect to. */
    String uri() {
        return "amqp://" + process.host() + ':' + process.port();
    }
}
