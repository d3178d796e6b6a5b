package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.ToolProcess;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an operator does to nodes with {@code godwit cluster}, under clients that send and receive. The long form is {@code
 * -Dgodwit.operator.rounds=20}.
 */
final class OperatorTest {
    private static final int OK = 0;
    private static final int REFUSED = 9;
    private static final int ROUNDS = Integer.getInteger("godwit.operator.rounds", 1);

    @TempDir
    private Path directory;

    static IntStream rounds() {
        return IntStream.rangeClosed(1, ROUNDS);
    }

    /** What Vert.x says of a JVM that has to wait for a processor is no failure. */
    private static void assertOk(ToolProcess tool) {
        assertThat(tool.exitCode()).as(tool.errors()).isEqualTo(OK);
    }

    private static void assertRefused(ToolProcess tool, String reason) {
        assertThat(tool.errors()).contains(reason);
        assertThat(tool.exitCode()).isEqualTo(REFUSED);
    }

    @ParameterizedTest
    @MethodSource("rounds")
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void drainsANodeThatThenLeadsNothingUntilThatIsUndone(int round) throws Exception {
        long startNanos = System.nanoTime();
        try (var nodes = new NodeProcesses(directory, 3);
                var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "orders", 0)) {
            load.awaitProgress();
            int first = nodes.awaitActive();
            load.longestGapMillis();
            assertOk(nodes.tool((first + 1) % 3, "drain", "n" + first));
            int second = nodes.awaitActive();
            assertThat(second).isNotEqualTo(first);
            load.awaitProgress();
            long drainGapMillis = load.longestGapMillis();
            int third = 3 - first - second;
            assertThat(nodes.tool(first, "status").out())
                    .contains("active n" + second)
                    .contains("node n" + first + " here resting")
                    .contains("node n" + third + " here amqp");
            assertRefused(nodes.tool(first, "move", "n" + first), "it rests");

            nodes.stop(first);
            nodes.restart(first);
            nodes.awaitCopies(3);
            nodes.kill(second);
            assertThat(nodes.awaitActive())
                    .as("who was drained, and started again, votes and does not lead")
                    .isEqualTo(third);
            load.awaitProgress();

            nodes.restart(second);
            assertOk(nodes.tool(first, "drain", "--undo", "n" + first));
            nodes.awaitCopies(3);
            load.longestGapMillis();
            assertOk(nodes.tool(second, "move", "n" + first));
            assertThat(nodes.awaitActive()).isEqualTo(first);
            load.awaitProgress();
            long moveGapMillis = load.longestGapMillis();
            load.finish();
            System.out.println("operator test, round " + round + ": " + load
                    + " longest gap between two confirmed sends, ms: drain "
                    + drainGapMillis + ", move " + moveGapMillis + "; "
                    + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos) + " s");
        }
    }
}
