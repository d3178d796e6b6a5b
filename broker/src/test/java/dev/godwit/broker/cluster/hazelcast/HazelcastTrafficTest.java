package dev.godwit.broker.cluster.hazelcast;

import static dev.godwit.broker.cluster.hazelcast.HazelcastNodes.hint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Member;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import java.io.IOException;
import java.io.Serializable;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What three nodes that stay together tell each other, and what they do not take from each other. */
class HazelcastTrafficTest {
    private static HazelcastNodes nodes;
    private static HazelcastNode a;
    private static HazelcastNode b;
    private static HazelcastNode c;

    @BeforeAll
    static void start() throws IOException {
        nodes = new HazelcastNodes();
        a = nodes.a;
        b = nodes.b;
        c = nodes.c;
    }

    @AfterAll
    static void stop() {
        nodes.close();
    }

    @Test
    void carriesHintsAndKeepsTheNewest() {
        a.publish("leader/3", hint(1, 5, "a"));
        nodes.await(() -> b.has("leader/3", hint(1, 5, "a")) && c.has("leader/3", hint(1, 5, "a")));
        b.publish("leader/3", hint(1, 4, "older"));
        c.publish("leader/3", hint(2, 1, "newer"));
        nodes.await(() -> nodes.all(each -> each.has("leader/3", hint(2, 1, "newer"))));
    }

    @Test
    void putsTheNewerHintBackWhereAnOlderOneWasPut() {
        a.publish("leader/4", hint(5, 1, "newer"));
        nodes.await(() -> nodes.all(each -> each.has("leader/4", hint(5, 1, "newer"))));
        var map = b.membership.hazelcast().<String, byte[]>getReplicatedMap(HazelcastConfiguration.HINTS);
        map.put("leader/4", HintBytes.write(hint(4, 9, "older")));
        nodes.await(() -> hint(5, 1, "newer").equals(HintBytes.read(map.get("leader/4"))));
        assertThat(nodes.all(each -> each.has("leader/4", hint(5, 1, "newer")))).isTrue();
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
}
