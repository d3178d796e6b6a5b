package dev.godwit.it.badinput;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import dev.godwit.it.ToolProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client of another maker sent to a broker that was killed comes back, by way of the journal's tools. */
@Timeout(180)
final class JournalRescueTest {
    private static final String QUEUE = "rescue";
    private static final int COUNT = 40;
    private static final int JOURNAL_CORRUPT = 5;
    private static final String MARK = "find me: ";

    @TempDir
    private Path directory;

    private final List<byte[]> sent = new ArrayList<>();

    @Test
    void carriesEveryMessageOfAKilledBrokerToANewOne() throws Exception {
        fillAndKill();

        assertThat(journal("verify"))
                .matches(run -> run.exitCode() == 0)
                .extracting(ToolProcess::out)
                .asString()
                .contains("messages=" + COUNT)
                .contains("damaged=0");
        assertThat(journal("stats").out()).contains(QUEUE + "  " + COUNT + " messages");
        assertThat(journal("print", "--queue", QUEUE, "--type", "MessageEnqueued")
                        .out())
                .hasLineCount(COUNT);
        Path export = directory.resolve("export.jsonl");
        assertThat(journal("export", export.toString()).exitCode()).isZero();
        Path other = directory.resolve("other").resolve("data");
        assertThat(ToolProcess.run("journal", "import", "--data", other.toString(), export.toString()))
                .isEqualTo(new ToolProcess(
                        0, "imported " + COUNT + " messages, created 1 queues, left out 0 messages\n", ""));

        try (var broker = BrokerProcess.start(other, 0)) {
            assertArrive(broker.port(), sent);
        }
    }

    @Test
    void losesOnlyTheMessageThatIsDamaged() throws Exception {
        fillAndKill();
        int damaged = COUNT / 2;
        deleteCheckpoints();
        Path segment = flipABitOf(damaged);

        var verify = journal("verify");
        assertThat(verify.exitCode()).isEqualTo(JOURNAL_CORRUPT);
        assertThat(verify.out())
                .startsWith("damaged: " + segment.getFileName() + " at offset ")
                .contains("1 lost: shard ");
        assertThat(BrokerProcess.startInVain(data(), 0).errors()).contains("godwit journal repair");
        var repair = journal("repair");
        assertThat(repair.exitCode()).as(repair.toString()).isZero();
        assertThat(repair.out()).startsWith("lost: " + segment.getFileName()).endsWith("repaired\n");

        sent.remove(damaged);
        try (var broker = BrokerProcess.start(data(), 0)) {
            assertArrive(broker.port(), sent);
        }
    }

    private void fillAndKill() throws Exception {
        var random = new Random(7);
        try (var broker = BrokerProcess.start(data(), 0)) {
            try (var client = Client.create();
                    var connection = client.connect("127.0.0.1", broker.port());
                    var sender = connection.openSender(QUEUE)) {
                for (int number = 0; number < COUNT; number++) {
                    byte[] mark = (MARK + number + ";").getBytes(ISO_8859_1);
                    var body = new byte[mark.length + random.nextInt(20_000)];
                    random.nextBytes(body);
                    System.arraycopy(mark, 0, body, 0, mark.length);
                    sent.add(body);
                    sender.send(Message.create(body)
                                    .durable(true)
                                    .priority((byte) (number % 10))
                                    .subject("number " + number)
                                    .property("number", number))
                            .awaitAccepted();
                }
            }
            broker.kill();
        }
    }

    /** The messages come, each byte and property of them, and nothing else. They may come in the order of priority. */
    private static void assertArrive(int port, List<byte[]> expected) throws ClientException {
        var bodies = new ArrayList<byte[]>();
        try (var client = Client.create();
                var connection = client.connect("127.0.0.1", port);
                var receiver = connection.openReceiver(QUEUE)) {
            for (int i = 0; i < expected.size(); i++) {
                var delivery = receiver.receive(10, TimeUnit.SECONDS);
                assertThat(delivery).as("message %d", i).isNotNull();
                Message<byte[]> message = delivery.message();
                int number = (int) message.property("number");
                assertThat(message.subject()).isEqualTo("number " + number);
                assertThat(message.priority()).isEqualTo((byte) (number % 10));
                bodies.add(message.body());
            }
            assertThat(receiver.receive(300, TimeUnit.MILLISECONDS)).isNull();
        }
        assertThat(bodies).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** A start that finds one does not read what came before it. */
    private void deleteCheckpoints() throws IOException {
        try (var files = Files.list(data().resolve("journal"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".ckp")).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path flipABitOf(int number) throws IOException {
        String mark = MARK + number + ";";
        try (var files = Files.list(data().resolve("journal"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".seg")).toList()) {
                byte[] content = Files.readAllBytes(file);
                int at = new String(content, ISO_8859_1).indexOf(mark);
                if (at >= 0) {
                    content[at] ^= 1;
                    Files.write(file, content);
                    return file;
                }
            }
        }
        throw new AssertionError("no segment holds '" + mark + "'");
    }

    private Path data() {
        return directory.resolve("data");
    }

    private ToolProcess journal(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("journal", arguments[0], "--data", data().toString()));
        all.addAll(List.of(arguments).subList(1, arguments.length));
        return ToolProcess.run(all.toArray(String[]::new));
    }
}
