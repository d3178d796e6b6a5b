package dev.godwit.broker.cluster.hazelcast;

import static dev.godwit.broker.cluster.hazelcast.HazelcastNodes.hint;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three nodes in one process, found by seeds: they know each other, lose each other and find each other again. */
class HazelcastMembershipTest {
    private HazelcastNodes nodes;
    private HazelcastNode a;
    private HazelcastNode b;
    private HazelcastNode c;

    @BeforeEach
    void start() throws IOException {
        nodes = new HazelcastNodes();
        a = nodes.a;
        b = nodes.b;
        c = nodes.c;
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void knowsWhoIsHereAndWhoHasLeft() {
        assertThat(a.heard).contains("here b", "here c");
        assertThat(a.membership.nodes()).containsExactly(a.profile, b.profile, c.profile);
        c.membership.close();
        nodes.await(() -> a.knows("a", "b") && b.knows("a", "b"));
        assertThat(a.heard).endsWith("gone c");
        // It does not know better itself.
        assertThat(c.membership.nodes()).hasSize(3);
    }

    @Test
    void findsTogetherAgainAfterASplitAndTheNewestWins() {
        a.publish("leader/3", hint(1, 1, "before"));
        nodes.await(() -> c.has("leader/3", hint(1, 1, "before")));
        c.suspect(a);
        c.suspect(b);
        a.suspect(c);
        b.suspect(c);
        // Each half has its own truth for some seconds.
        nodes.await(() -> a.knows("a", "b") && c.knows("c"));
        a.publish("leader/3", hint(2, 1, "majority"));
        c.publish("leader/3", hint(1, 9, "minority"));
        c.publish("load/c", hint(1, 1, "c alone"));
        nodes.await(() -> nodes.all(each -> each.knows("a", "b", "c")));
        nodes.await(() -> nodes.all(
                each -> each.has("leader/3", hint(2, 1, "majority")) && each.has("load/c", hint(1, 1, "c alone"))));
    }

    /** One of the halves joins the other, and its members are others for Hazelcast afterwards. */
    @Test
    void losesWhoGoesAfterTwoHalvesHaveFoundTogether() {
        var d = nodes.add("d");
        nodes.await(() -> nodes.all(each -> each.knows("a", "b", "c", "d")));
        for (HazelcastNode each : List.of(c, d)) {
            each.suspect(b);
            each.suspect(a);
        }
        for (HazelcastNode each : List.of(a, b)) {
            each.suspect(d);
            each.suspect(c);
        }
        nodes.await(() -> a.knows("a", "b") && b.knows("a", "b") && c.knows("c", "d") && d.knows("c", "d"));
        nodes.await(() -> nodes.all(each -> each.knows("a", "b", "c", "d")));
        // One of each half, whichever it was that joined the other.
        c.membership.close();
        nodes.await(() -> a.knows("a", "b", "d") && b.knows("a", "b", "d") && d.knows("a", "b", "d"));
        assertThat(d.heard).endsWith("gone c");
        a.membership.close();
        nodes.await(() -> b.knows("b", "d") && d.knows("b", "d"));
        assertThat(b.heard).endsWith("gone a");
    }

    @Test
    void goesOnAnsweringWhenHazelcastHasEnded() {
        a.publish("leader/3", hint(1, 1, "known"));
        nodes.await(() -> c.has("leader/3", hint(1, 1, "known")));
        c.membership.hazelcast().getLifecycleService().terminate();
        assertThat(c.has("leader/3", hint(1, 1, "known"))).isTrue();
        assertThat(c.membership.nodes()).containsExactly(a.profile, b.profile, c.profile);
        c.publish("leader/3", hint(2, 1, "for itself"));
        assertThat(c.has("leader/3", hint(2, 1, "for itself"))).isTrue();
        nodes.await(() -> a.knows("a", "b"));
        assertThat(a.has("leader/3", hint(1, 1, "known"))).isTrue();
    }
}
