package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.address.NodeLifetime;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TemporaryNodesTest {
    private final ManualEventLoop control = new ManualEventLoop();
    private final List<String> over = new ArrayList<>();
    private final TemporaryNodes nodes = new TemporaryNodes(control, over::add);

    @Test
    void leavesTheOthersRoomWhenOneUserHasItsShareOfSharedNodes() {
        add("ann", 0, TemporaryNodes.USER_SHARED_MAX - 1, NodeLifetime.OF_ANY_LINK);
        add("ann", 10_000, 10, NodeLifetime.OF_ITS_LINK);
        assertThat(nodes.objection("ann")).isNull();
        add("ann", 5_000, 1, NodeLifetime.OF_ITS_LINK_AND_MESSAGES);
        assertThat(nodes.objection("ann")).contains("'ann'", "1000", "delete-on-close");
        assertThat(nodes.objection("bob")).isNull();

        // One ends with its links, another one by itself; what is not shared counts for nothing.
        control.run(() -> nodes.delete("ann-10000"));
        assertThat(nodes.objection("ann")).isNotNull();
        control.run(() -> nodes.leave("ann-0", true));
        assertThat(over).containsExactly("ann-0");
        assertThat(nodes.objection("ann")).isNull();
        add("ann", 6_000, 1, NodeLifetime.OF_ANY_LINK);
        assertThat(nodes.objection("ann")).isNotNull();
        control.run(() -> nodes.delete("ann-1"));
        control.run(() -> nodes.delete("ann-1"));
        assertThat(nodes.objection("ann")).isNull();
        add("ann", 7_000, 1, NodeLifetime.OF_ANY_LINK);
        assertThat(nodes.objection("ann")).isNotNull();
    }

    @Test
    void makesNoMoreThanThereMayBeInAll() {
        for (int user = 0; user * TemporaryNodes.USER_SHARED_MAX < TemporaryNodes.SHARED_MAX; user++) {
            assertThat(nodes.objection("late")).isNull();
            add("user-" + user, 0, TemporaryNodes.USER_SHARED_MAX, NodeLifetime.OF_ANY_LINK);
        }
        assertThat(nodes.objection("late")).contains("10000");
    }

    private void add(String user, int first, int count, NodeLifetime lifetime) {
        control.run(() -> {
            for (int i = first; i < first + count; i++) {
                nodes.addTopic(user + "-" + i, lifetime, user);
            }
        });
    }
}
