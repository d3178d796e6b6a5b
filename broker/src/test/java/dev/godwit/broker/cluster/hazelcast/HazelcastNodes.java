package dev.godwit.broker.cluster.hazelcast;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.godwit.broker.cluster.Hint;
import dev.godwit.broker.cluster.HintStamp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

/** Three nodes in one process that have found each other, and perhaps a fourth. Owned by the test's thread. */
final class HazelcastNodes implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<HazelcastNode> nodes = new ArrayList<>();
    private final int[] ports = freePorts();
    final List<String> seeds =
            IntStream.of(ports).mapToObj(port -> "127.0.0.1:" + port).toList();
    final HazelcastNode a;
    final HazelcastNode b;
    final HazelcastNode c;

    HazelcastNodes() throws IOException {
        // It says each time that a node which is not there yet does not answer.
        ((Logger) LoggerFactory.getLogger("com.hazelcast")).setLevel(Level.ERROR);
        a = add("a");
        b = add("b");
        c = add("c");
        await(() -> all(each -> each.knows("a", "b", "c")));
    }

    /** For three nodes, and for one more. */
    private static int[] freePorts() throws IOException {
        try (var first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var third = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var fourth = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new int[] {first.getLocalPort(), second.getLocalPort(), third.getLocalPort(), fourth.getLocalPort()};
        }
    }

    HazelcastNode add(String nodeId) {
        var node = new HazelcastNode(nodeId, ports[nodes.size()], seeds);
        nodes.add(node);
        return node;
    }

    boolean all(Predicate<HazelcastNode> condition) {
        return nodes.stream().allMatch(condition);
    }

    /** Turns the nodes' loops until it is so. */
    void await(BooleanSupplier condition) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            nodes.forEach(each -> each.loop.runTasks());
            return condition.getAsBoolean();
        });
    }

    static Hint hint(long epoch, long index, String value) {
        return new Hint(new HintStamp(epoch, index), value.getBytes(UTF_8));
    }

    @Override
    public void close() {
        nodes.forEach(each -> each.membership.close());
    }
}
