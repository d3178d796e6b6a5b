package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.ClusterControl.Outcome;
import dev.godwit.broker.cluster.ClusterControl.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever operators order of three nodes, which end, come back, and do not always hear each other: each order is answered in time. And
 * when all hear each other again, one node leads all that does not rest, no more rest than may, and a drain is done.
 *
 * <p>{@code -Dgodwit.orders.worlds=50} is the long form, {@code -Dgodwit.orders.seed} runs one again.
 */
class OrdersAtRandomTest {
    private static final int WORLDS = Integer.getInteger("godwit.orders.worlds", 2);
    private static final long SEED = Long.getLong("godwit.orders.seed", System.nanoTime());
    private static final int STEPS = 12;
    private static final int PAUSE_MILLIS_MAX = 3_000;

    /** What another node is to do is answered for after 5 s, and disks are real. */
    private static final long ANSWER_MILLIS_MAX = 8_000;

    @TempDir
    private Path directory;

    static LongStream seeds() {
        return LongStream.range(SEED, SEED + WORLDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void eachIsAnsweredAndSomebodyLeadsInTheEnd(long seed) throws Exception {
        try (var nodes = new HandHeldNodes(directory)) {
            var world = new World(nodes, new Random(seed));
            for (int step = 0; step < STEPS; step++) {
                world.step();
                world.pause();
            }
            world.settle();
            world.wakeAll();
            world.drainWhoLeads();
        }
    }

    /** An order that is not answered yet. */
    private record Asked(String order, HandHeldNodes.Node of, CompletableFuture<Reply> reply, long sinceMillis) {}

    private static final class World {
        private final HandHeldNodes nodes;
        private final Random random;
        private final List<HandHeldNodes.Node> up;
        private final List<Asked> open = new ArrayList<>();
        private final List<String> done = new ArrayList<>();
        private HandHeldNodes.@Nullable Node down;

        World(HandHeldNodes nodes, Random random) throws Exception {
            this.nodes = nodes;
            this.random = random;
            up = new ArrayList<>(nodes.ofThree());
        }

        private HandHeldNodes.Node any() {
            return up.get(random.nextInt(up.size()));
        }

        void step() throws Exception {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> order();
                case 5 -> endOrBegin();
                case 6 -> {
                    var deaf = any();
                    int shard = random.nextInt(HandHeldNodes.SHARDS);
                    note("cut " + deaf.name + " " + shard);
                    nodes.cut(deaf, shard);
                }
                case 7 -> {
                    var from = any();
                    var to = any();
                    note("silence " + from.name + " " + to.name);
                    nodes.silence(from, to);
                }
                default -> {
                    note("heal");
                    nodes.heal();
                }
            }
        }

        private void note(String what) {
            done.add(nodes.loop.nowMillis() + " " + what);
        }

        private void order() {
            var asked = active();
            if (asked == null) {
                return;
            }
            var control = asked.operations.control();
            String node = "n" + (1 + random.nextInt(3));
            switch (random.nextInt(4)) {
                case 0, 1 -> ask("drain " + node, asked, control.rest(node, true));
                case 2 -> ask("undo " + node, asked, control.rest(node, false));
                default -> ask("move " + node, asked, control.moveTo(node));
            }
        }

        private void ask(String order, HandHeldNodes.Node of, CompletableFuture<Reply> reply) {
            note(order + " by " + of.name);
            open.add(new Asked(order, of, reply, nodes.loop.nowMillis()));
        }

        private void endOrBegin() throws Exception {
            var ended = down;
            if (ended != null) {
                note("begin " + ended.name);
                up.add(nodes.again(ended));
                down = null;
            } else {
                var node = any();
                note("end " + node.name);
                nodes.end(node);
                up.remove(node);
                open.removeIf(each -> each.of() == node);
                down = node;
            }
        }

        void pause() {
            nodes.goOn(random.nextInt(PAUSE_MILLIS_MAX));
            for (var asked : List.copyOf(open)) {
                if (asked.reply().isDone()) {
                    note(asked.order() + ": " + asked.reply().join());
                    open.remove(asked);
                } else {
                    assertThat(nodes.loop.nowMillis() - asked.sinceMillis())
                            .as("%s is not answered, after %s", asked.order(), done)
                            .isLessThan(ANSWER_MILLIS_MAX);
                }
            }
        }

        private HandHeldNodes.@Nullable Node active() {
            return up.stream()
                    .filter(node -> node.activity.state() == ActivityState.ACTIVE)
                    .findFirst()
                    .orElse(null);
        }

        private boolean leads(HandHeldNodes.Node node) {
            return IntStream.range(0, HandHeldNodes.SHARDS).allMatch(node::leads);
        }

        /** One serves that does not rest, and all know who does. */
        private boolean isSettled() {
            var active = active();
            long resting = up.stream().filter(node -> node.memory.rests()).count();
            return active != null
                    && leads(active)
                    && !active.memory.rests()
                    && resting <= 1
                    && up.stream().allMatch(node -> node.notices.reached().size() == 2)
                    && up.stream().allMatch(node -> up.stream()
                            .allMatch(each -> node.operations.rests(each.name) == each.memory.rests()));
        }

        void settle() throws Exception {
            if (down != null) {
                endOrBegin();
            }
            nodes.heal();
            note("settle");
            nodes.until("leads, after " + done, this::isSettled);
        }

        private void order(Order order) {
            nodes.until("is ordered, after " + done, () -> {
                var active = active();
                if (active == null) {
                    return false;
                }
                var reply = order.of(active.operations.control(), active.name);
                nodes.until("is answered, after " + done, reply::isDone);
                note(active.name + " answers " + reply.join());
                return reply.join().outcome() == Outcome.BEGUN;
            });
        }

        private interface Order {
            CompletableFuture<Reply> of(ClusterControl control, String active);
        }

        void wakeAll() {
            for (var node : up) {
                order((control, active) -> control.rest(node.name, false));
            }
            nodes.until(
                    "is awake, after " + done, () -> isSettled() && up.stream().noneMatch(node -> node.memory.rests()));
        }

        void drainWhoLeads() {
            var before = active();
            order((control, active) -> control.rest(active, true));
            nodes.until(
                    "has handed over, after " + done,
                    () -> isSettled() && active() != before && up.stream().anyMatch(node -> node.memory.rests()));
        }
    }
}
