package dev.godwit.broker.cluster.hazelcast;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.hazelcast.cluster.Member;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import dev.godwit.broker.cluster.Hint;
import dev.godwit.broker.cluster.HintStamp;
import dev.godwit.broker.cluster.MembershipListener;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Three nodes in one process, found by seeds: they know each other, lose each other and find each other again. */
class HazelcastMembershipTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<Node> nodes = new ArrayList<>();
    private int[] ports = {};
    private List<String> seeds = List.of();
    private Node a;
    private Node b;
    private Node c;

    /** It says each time that a node which is not there yet does not answer. */
    @BeforeAll
    static void quieten() {
        ((Logger) LoggerFactory.getLogger("com.hazelcast")).setLevel(Level.ERROR);
    }

    @BeforeEach
    void start() throws IOException {
        ports = freePorts();
        seeds = IntStream.of(ports).mapToObj(port -> "127.0.0.1:" + port).toList();
        a = node("a", ports[0], seeds);
        b = node("b", ports[1], seeds);
        c = node("c", ports[2], seeds);
        await(() -> nodes.stream().allMatch(each -> each.knows("a", "b", "c")));
    }

    private Node node(String nodeId, int port, List<String> seeds) {
        var node = new Node(nodeId, port, seeds);
        nodes.add(node);
        return node;
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

    @AfterEach
    void stop() {
        nodes.forEach(each -> each.membership.close());
    }

    /** Turns the nodes' loops until it is so. */
    private void await(BooleanSupplier condition) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            nodes.forEach(each -> each.loop.runTasks());
            return condition.getAsBoolean();
        });
    }

    private static Hint hint(long epoch, long index, String value) {
        return new Hint(new HintStamp(epoch, index), value.getBytes(UTF_8));
    }

    @Test
    void knowsWhoIsHereAndWhoHasLeft() {
        assertThat(a.heard).contains("here b", "here c");
        assertThat(a.membership.nodes()).containsExactly(a.profile, b.profile, c.profile);
        c.membership.close();
        await(() -> a.knows("a", "b") && b.knows("a", "b"));
        assertThat(a.heard).endsWith("gone c");
        // It does not know better itself.
        assertThat(c.membership.nodes()).hasSize(3);
    }

    @Test
    void carriesHintsAndKeepsTheNewest() {
        a.publish("leader/3", hint(1, 5, "a"));
        await(() -> b.has("leader/3", hint(1, 5, "a")) && c.has("leader/3", hint(1, 5, "a")));
        b.publish("leader/3", hint(1, 4, "older"));
        c.publish("leader/3", hint(2, 1, "newer"));
        await(() -> nodes.stream().allMatch(each -> each.has("leader/3", hint(2, 1, "newer"))));
    }

    @Test
    void putsTheNewerHintBackWhereAnOlderOneWasPut() {
        a.publish("leader/3", hint(5, 1, "newer"));
        await(() -> nodes.stream().allMatch(each -> each.has("leader/3", hint(5, 1, "newer"))));
        var map = b.membership.hazelcast().<String, byte[]>getReplicatedMap(HazelcastConfiguration.HINTS);
        map.put("leader/3", HintBytes.write(hint(4, 9, "older")));
        await(() -> hint(5, 1, "newer").equals(HintBytes.read(map.get("leader/3"))));
        assertThat(nodes).allMatch(each -> each.has("leader/3", hint(5, 1, "newer")));
    }

    @Test
    void findsTogetherAgainAfterASplitAndTheNewestWins() {
        a.publish("leader/3", hint(1, 1, "before"));
        await(() -> c.has("leader/3", hint(1, 1, "before")));
        c.suspect(a);
        c.suspect(b);
        a.suspect(c);
        b.suspect(c);
        // Each half has its own truth for some seconds.
        await(() -> a.knows("a", "b") && c.knows("c"));
        a.publish("leader/3", hint(2, 1, "majority"));
        c.publish("leader/3", hint(1, 9, "minority"));
        c.publish("load/c", hint(1, 1, "c alone"));
        await(() -> nodes.stream().allMatch(each -> each.knows("a", "b", "c")));
        await(() -> nodes.stream()
                .allMatch(each ->
                        each.has("leader/3", hint(2, 1, "majority")) && each.has("load/c", hint(1, 1, "c alone"))));
    }

    /** One of the halves joins the other, and its members are others for Hazelcast afterwards. */
    @Test
    void losesWhoGoesAfterTwoHalvesHaveFoundTogether() {
        var d = node("d", ports[3], seeds);
        await(() -> nodes.stream().allMatch(each -> each.knows("a", "b", "c", "d")));
        for (Node each : List.of(c, d)) {
            each.suspect(b);
            each.suspect(a);
        }
        for (Node each : List.of(a, b)) {
            each.suspect(d);
            each.suspect(c);
        }
        await(() -> a.knows("a", "b") && b.knows("a", "b") && c.knows("c", "d") && d.knows("c", "d"));
        await(() -> nodes.stream().allMatch(each -> each.knows("a", "b", "c", "d")));
        // One of each half, whichever it was that joined the other.
        c.membership.close();
        await(() -> a.knows("a", "b", "d") && b.knows("a", "b", "d") && d.knows("a", "b", "d"));
        assertThat(d.heard).endsWith("gone c");
        a.membership.close();
        await(() -> b.knows("b", "d") && d.knows("b", "d"));
        assertThat(b.heard).endsWith("gone a");
    }

    @Test
    void goesOnAnsweringWhenHazelcastHasEnded() {
        a.publish("leader/3", hint(1, 1, "known"));
        await(() -> c.has("leader/3", hint(1, 1, "known")));
        c.membership.hazelcast().getLifecycleService().terminate();
        assertThat(c.has("leader/3", hint(1, 1, "known"))).isTrue();
        assertThat(c.membership.nodes()).containsExactly(a.profile, b.profile, c.profile);
        c.publish("leader/3", hint(2, 1, "for itself"));
        assertThat(c.has("leader/3", hint(2, 1, "for itself"))).isTrue();
        await(() -> a.knows("a", "b"));
        assertThat(a.has("leader/3", hint(1, 1, "known"))).isTrue();
    }

    @Test
    void makesNoObjectsOfWhatOthersSay() {
        a.membership.hazelcast().getMap("anything").put("key", new Gadget("boo"));
        assertThatThrownBy(() -> b.membership.hazelcast().getMap("anything").get("key"))
                .hasStackTraceContaining("SecurityException");
    }

    @Test
    void readsTheErrorsOfOthers() {
        var other = b.membership.hazelcast().getLocalEndpoint();
        Member member = a.membership.hazelcast().getCluster().getMembers().stream()
                .filter(each -> each.getUuid().equals(other.getUuid()))
                .findFirst()
                .orElseThrow();
        var failed = a.membership.hazelcast().getExecutorService("any").submitToMember(new Failing(), member);
        assertThatThrownBy(() -> failed.get(30, TimeUnit.SECONDS)).hasStackTraceContaining("what went wrong there");
    }

    @Test
    void readsNothingBesidesErrors() {
        var filter = ReadableClasses.filter();
        for (String name : List.of(
                "com.hazelcast.shaded.com.zaxxer.hikari.HikariConfig",
                "java.lang.ProcessBuilder",
                "java.lang.invoke.SerializedLambda",
                "java.util.HashMap",
                "java.util.Collections$CheckedMap")) {
            assertThat(filter.isListed(name)).as(name).isFalse();
        }
        assertThat(filter.isListed("com.hazelcast.core.MemberLeftException")).isTrue();
    }

    @Test
    void looksInOneWay() {
        var own = a.profile;
        var multicast = HazelcastConfiguration.of(
                        new HazelcastSettings("test", "127.0.0.1", 5_801, List.of(), true, null), own)
                .getNetworkConfig()
                .getJoin();
        multicast.verify();
        assertThat(multicast.getMulticastConfig().isEnabled()).isTrue();
        var kubernetes = HazelcastConfiguration.of(
                        new HazelcastSettings("test", "127.0.0.1", 5_801, List.of(), false, "godwit.svc"), own)
                .getNetworkConfig()
                .getJoin();
        kubernetes.verify();
        assertThat(kubernetes.getKubernetesConfig().getProperties())
                .containsEntry("service-dns", "godwit.svc")
                .containsEntry("service-port", "5801");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HazelcastSettings("test", "127.0.0.1", 5_801, seeds, true, null));
    }

    @Test
    void namesTheVersionThatItRuns() {
        assertThat(a.membership
                        .hazelcast()
                        .getCluster()
                        .getLocalMember()
                        .getVersion()
                        .asVersion())
                .hasToString(HazelcastConfiguration.MINOR_VERSION);
    }

    /** A task that fails, which Hazelcast reads without Java's serialisation. */
    static final class Failing implements Callable<String>, DataSerializable {
        @Override
        public String call() {
            throw new IllegalStateException("what went wrong there", new IOException("and why"));
        }

        @Override
        public void writeData(ObjectDataOutput out) {
            // It has nothing to say.
        }

        @Override
        public void readData(ObjectDataInput in) {
            // Nor to hear.
        }
    }

    /** What an attacker would like to have made. */
    private record Gadget(String words) implements Serializable {}

    private static final class Node implements MembershipListener {
        private final ManualEventLoop loop = new ManualEventLoop();
        private final List<String> heard = new ArrayList<>();
        private final NodeProfile profile;
        private final HazelcastMembership membership;

        Node(String nodeId, int port, List<String> seeds) {
            profile = new NodeProfile(
                    nodeId,
                    UUID.randomUUID(),
                    nodeId.equals("c") ? null : UUID.randomUUID(),
                    new NodeAddress("127.0.0.1", port),
                    new NodeAddress("127.0.0.1", port + 1),
                    List.of("amqp://127.0.0.1:1", "amqps://127.0.0.1:2"),
                    "zone-" + nodeId,
                    Set.of("x", "y"));
            membership = HazelcastMembership.start(
                    new HazelcastSettings(
                            "test-" + seeds.get(0).replace(':', '-'), "127.0.0.1", port, seeds, false, null),
                    profile,
                    loop,
                    this);
        }

        boolean knows(String... nodeIds) {
            return membership.nodes().stream().map(NodeProfile::nodeId).toList().equals(List.of(nodeIds));
        }

        void publish(String key, Hint hint) {
            loop.run(() -> membership.hints().publish(key, hint));
        }

        boolean has(String key, Hint hint) {
            var found = new ArrayList<@Nullable Hint>();
            loop.run(() -> found.add(membership.hints().get(key)));
            return hint.equals(found.get(0));
        }

        /** Takes the other one for dead, as after five silent seconds. */
        void suspect(Node other) {
            var hazelcast = ((HazelcastInstanceProxy) membership.hazelcast()).getOriginal();
            Member member = hazelcast.getCluster().getMembers().stream()
                    .filter(each -> each.getUuid()
                            .equals(other.membership
                                    .hazelcast()
                                    .getLocalEndpoint()
                                    .getUuid()))
                    .findFirst()
                    .orElse(null);
            if (member != null) {
                hazelcast.node.getClusterService().suspectMember(member, "a test", true);
            }
        }

        @Override
        public void onNodeHere(NodeProfile node) {
            heard.add("here " + node.nodeId());
        }

        @Override
        public void onNodeGone(NodeProfile node) {
            heard.add("gone " + node.nodeId());
        }
    }
}
