package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.ToolProcess;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two of three nodes are lost with their disks, and the third is made to lead alone. */
final class ForceLeadTest {
    private static final int MESSAGES = 500;
    private static final String QUEUE = "orders";
    private static final int SURVIVOR = 0;
    private static final List<Integer> LOST = List.of(1, 2);

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 900, unit = TimeUnit.SECONDS)
    void goesOnWithOneOfThreeAndTakesNewNodesInAndNoOldOne() throws Exception {
        try (var nodes = new NodeProcesses(directory, 3)) {
            // So that the active node is one of those that are lost.
            nodes.stop(SURVIVOR);
            nodes.restart(SURVIVOR);
            nodes.awaitCopies(3);
            assertThat(nodes.awaitActive()).isIn(LOST);
            send(nodes.uri(), 0);
            nodes.awaitAll(SURVIVOR);
            for (int lost : LOST) {
                nodes.kill(lost);
            }

            Path data = nodes.data(SURVIVOR);
            var running = forceLead(data, "--accept-loss");
            assertThat(running.exitCode()).as(running.errors()).isEqualTo(4);
            nodes.kill(SURVIVOR);
            String remembered = Files.readString(data.resolve("cluster.properties"));
            var looked = forceLead(data);
            assertThat(looked.exitCode()).as(looked.errors()).isEqualTo(2);
            assertThat(looked.out())
                    .startsWith("node n0 journal ")
                    .contains("Nothing was changed")
                    .contains(" open entries: nobody knows");
            assertThat(looked.out().lines().filter(line -> line.startsWith("shard ")))
                    .hasSize(17)
                    .allMatch(line -> line.endsWith(" voters n0 n1 n2"));
            assertThat(data.resolve("cluster.properties")).hasContent(remembered);

            // As if the command had been killed after its first step.
            var next = UUID.randomUUID();
            Files.writeString(data.resolve("force-lead.mark"), next.toString());
            var refused = nodes.restartInVain(SURVIVOR);
            assertThat(refused.exitCode()).isEqualTo(7);
            assertThat(refused.errors()).contains("force-lead` was begun on").contains("run it again");

            var forced = forceLead(data, "--accept-loss");
            assertThat(forced.exitCode()).as(forced.errors()).isZero();
            assertThat(forced.out()).contains("node n0 is the only one of the new cluster " + next);
            var export = ToolProcess.run(
                    "journal", "export", "--without-definition-too", "--data", data.toString(), export().toString());
            assertThat(export.exitCode()).as(export.errors()).isZero();
            assertThat(Files.readString(export())).contains("\"queue\":\"" + QUEUE + "\"");
            nodes.restart(SURVIVOR);
            assertThat(nodes.awaitActive()).isEqualTo(SURVIVOR);
            send(nodes.uri(), MESSAGES);

            // One that was thought to be lost comes back as it was.
            int back = LOST.get(0);
            nodes.restart(back);
            Path survivorLog = nodes.logs().get(SURVIVOR);
            await().atMost(Duration.ofMinutes(1)).until(() -> Files.readString(survivorLog)
                    .lines()
                    .anyMatch(line -> line.contains("node n" + back + " at ")
                            && line.contains("belongs to another cluster of the same name")));
            assertThat(nodes.awaitActive()).isEqualTo(SURVIVOR);
            nodes.kill(back);

            for (int lost : LOST) {
                nodes.empty(lost);
                nodes.restart(lost);
            }
            nodes.awaitCopies(3);
            nodes.kill(SURVIVOR);
            assertThat(nodes.awaitActive()).isIn(LOST);
            assertThat(receive(nodes.uri())).isEqualTo(numbers());

            // What it was before is not known to it any more: it comes back as a node of the new cluster.
            nodes.restart(SURVIVOR);
            nodes.awaitCopies(3);
        }
    }

    private Path export() {
        return directory.resolve("export.jsonl");
    }

    private static List<Integer> numbers() {
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < 2 * MESSAGES; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static ToolProcess forceLead(Path data, String... further) throws IOException, InterruptedException {
        var arguments = new ArrayList<>(List.of("cluster", "force-lead", "--data", data.toString()));
        arguments.addAll(List.of(further));
        return ToolProcess.run(arguments.toArray(String[]::new));
    }

    /** All are confirmed when it returns. */
    private static void send(String uri, int first) throws Exception {
        try (Connection connection = ConfirmedLoad.connect(uri);
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(QUEUE))) {
            for (int i = first; i < first + MESSAGES; i++) {
                producer.send(session.createTextMessage(Integer.toString(i)));
            }
        }
    }

    private static List<Integer> receive(String uri) throws Exception {
        try (Connection connection = ConfirmedLoad.connect(uri);
                Session session = connection.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE))) {
            var received = new ArrayList<Integer>();
            for (var message = consumer.receive(30_000); message != null; message = consumer.receive(2_000)) {
                received.add(Integer.valueOf(message.getBody(String.class)));
            }
            return received;
        }
    }
}
