package dev.godwit.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code godwit journal} on what a broker left behind. */
class JournalToolsTest {
    private static final int SEGMENT_BYTES = 1 << 20;

    /** More than a message may have that is one record. */
    private static final int LARGE_BYTES = 1_500_000;

    @TempDir
    private Path directory;

    private Path data;

    @BeforeEach
    void fillAJournal() throws Exception {
        data = directory.resolve("data");
        try (var broker = start(data)) {
            send(broker, "orders", "--count", "3", "--body", "first");
            send(broker, "orders", "--count", "2", "--body", "Grüße €");
            send(broker, "bills", "--size", "" + LARGE_BYTES);
            assertThat(tool(broker, "receive", "orders", "--count", "1", "--print")
                            .out())
                    .isEqualTo("first" + System.lineSeparator());
        }
    }

    @Test
    void verifiesAJournal() {
        var run = journal("verify");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("messages=5").contains("torn-tail=0 damaged=0 accepted=0 harmless=0");
        assertThat(run.out()).hasLineCount(1);
    }

    @Test
    void saysHowFullAJournalIs() throws IOException {
        assertThat(journal("stats").out())
                .contains("orders  4 messages (0 large, 0 expiring, 0 redelivered), oldest 20")
                .contains("bills  1 messages");
        JsonNode figures =
                new ObjectMapper().readTree(journal("stats", "--json").out());
        assertThat(figures.get("damages").asInt()).isZero();
        assertThat(figures.get("liveBytes").asLong()).isGreaterThan(LARGE_BYTES * 3L / 4);
        assertThat(figures.findValuesAsText("queue")).containsExactly("bills", "orders");
        assertThat(figures.findValuesAsText("messages")).containsExactly("1", "4");
    }

    @Test
    void printsTheRecordsThatAreAskedFor() throws IOException {
        assertThat(journal("print", "--queue", "orders", "--type", "messageenqueued")
                        .out())
                .hasLineCount(5)
                .contains("queue=orders");
        assertThat(journal("print", "--shard", "0", "--type", "DefinitionStored")
                        .out())
                .contains("kind=queue key=orders")
                .contains("kind=queue key=bills");
        String json = journal("print", "--json", "--queue", "orders", "--type", "MessagesRemoved")
                .out();
        JsonNode removal = new ObjectMapper().readTree(json);
        assertThat(json).hasLineCount(1);
        assertThat(removal.get("queue").asText()).isEqualTo("orders");
        int index = Integer.parseInt(removal.get("messages").asText());
        assertThat(journal("print", "--queue", "orders", "--from", "" + index, "--to", "" + index)
                        .out())
                .hasLineCount(1)
                .contains("MessageEnqueued");
    }

    @Test
    void carriesEveryMessageToANewBroker() throws Exception {
        Path export = directory.resolve("export.jsonl");
        assertThat(journal("export", export.toString()).err())
                .isEqualTo(line("exported 5 messages (0 of them dead)" + " and 2 queues"));

        Path other = directory.resolve("other");
        Path small = Files.writeString(directory.resolve("small.yaml"), "journal:\n  segment-size: 1 MiB\n");
        var run = CommandLineRun.of(
                "journal", "import", "--data", other.toString(), "--config", small.toString(), export.toString());
        assertThat(run)
                .isEqualTo(
                        new CommandLineRun(0, line("imported 5 messages, created 2 queues, left out 0 messages"), ""));
        Path again = directory.resolve("again.jsonl");
        CommandLineRun.of("journal", "export", "--data", other.toString(), again.toString());
        assertThat(bodies(again)).isEqualTo(bodies(export)).hasSize(5);
        try (var broker = start(other)) {
            assertThat(tool(broker, "receive", "orders", "--count", "4", "--print")
                            .out())
                    .isEqualTo(line("first") + line("first") + line("Grüße €") + line("Grüße €"));
            assertThat(tool(broker, "receive", "bills", "--print").out()).hasSize(2 + 2 * LARGE_BYTES + 1);
            send(broker, "orders", "--body", "and on");
        }
        try (var broker = start(other)) {
            assertThat(tool(broker, "receive", "orders", "--print").out()).isEqualTo(line("and on"));
        }
    }

    @Test
    void carriesWhenMessagesMayBeGivenOut() throws IOException {
        Path export = directory.resolve("export.jsonl");
        journal("export", "--queue", "orders", export.toString());
        long scheduled = System.currentTimeMillis() + 3_600_000;
        long retried = scheduled + 1;
        var lines = new ArrayList<String>();
        for (String line : Files.readAllLines(export, UTF_8)) {
            boolean first = lines.stream().noneMatch(each -> each.contains("notBefore"));
            lines.add(line.replaceAll(
                    "\"deliveryCount\":\\d+",
                    "\"deliveryCount\":" + (first ? 2 : 0) + ",\"notBefore\":" + (first ? retried : scheduled)));
        }
        Files.write(export, lines, UTF_8);
        Path other = directory.resolve("other");
        CommandLineRun.of("journal", "import", "--data", other.toString(), export.toString());

        Path again = directory.resolve("again.jsonl");
        CommandLineRun.of("journal", "export", "--data", other.toString(), again.toString());
        assertThat(notBefores(again))
                .isEqualTo(notBefores(export))
                .hasSize(4)
                .contains("2 " + retried, "0 " + scheduled);
        assertThat(CommandLineRun.of("journal", "print", "--data", other.toString(), "--queue", "orders")
                        .out())
                .contains("notBefore=");
    }

    @Test
    void rescuesWhatWasConsumedAsLongAsItsBytesAreThere() throws IOException {
        Path export = directory.resolve("export.jsonl");
        var run = journal("export", "--dead-too", "--queue", "orders", export.toString());
        assertThat(run.err()).isEqualTo(line("exported 5 messages (1 of them dead) and 1 queues"));

        Path other = directory.resolve("other");
        String[] adding = {"journal", "import", "--data", other.toString(), export.toString()};
        assertThat(CommandLineRun.of(adding).out())
                .isEqualTo(line("imported 4 messages, created 1 queues, left out 1 messages"));
        String[] deadToo = Arrays.copyOf(adding, adding.length + 1);
        deadToo[adding.length] = "--dead-too";
        assertThat(CommandLineRun.of(deadToo).out())
                .isEqualTo(line("imported 5 messages, created 0 queues, left out 0 messages"));
        assertThat(CommandLineRun.of("journal", "stats", "--data", other.toString())
                        .out())
                .contains("orders  9 messages");
    }

    @Test
    void namesDamageAndRepairsIt() throws Exception {
        // A start that finds a checkpoint does not read what came before it.
        for (Path checkpoint : files(data, "checkpoint-")) {
            Files.delete(checkpoint);
        }
        Path segment = segments(data).get(0);
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("Gr\u00c3\u00bc\u00c3\u009fe");
        bytes[at] ^= 1;
        Files.write(segment, bytes);
        String name = segment.getFileName().toString();

        assertThat(journal("verify").exitCode()).isEqualTo(ExitCode.JOURNAL_CORRUPT.code());
        assertThat(journal("verify").out())
                .startsWith("damaged: " + name + " at offset ")
                .contains("1 lost")
                .contains("damaged=1");
        assertThat(refusal(data))
                .contains(name)
                .contains("godwit journal repair")
                .contains("--accept-loss");
        var dry = journal("repair", "--dry-run");
        assertThat(dry.exitCode()).isEqualTo(ExitCode.JOURNAL_CORRUPT.code());
        assertThat(dry.out()).startsWith("would be lost: " + name);
        assertThat(Files.readAllBytes(segment)).isEqualTo(bytes);

        var repair = journal("repair");
        assertThat(repair.exitCode()).isZero();
        assertThat(repair.out()).startsWith("lost: " + name).endsWith(line("repaired"));
        assertThat(journal("repair").out()).isEqualTo(line("nothing to repair"));
        assertThat(journal("verify").exitCode()).isZero();
        try (var broker = start(data)) {
            assertThat(tool(broker, "receive", "orders", "--count", "3", "--print")
                            .out())
                    .isEqualTo(line("first") + line("first") + line("Grüße €"));
            assertThat(tool(broker, "receive", "bills").exitCode()).isZero();
        }
    }

    @Test
    void startsWithALossThatIsAccepted() throws Exception {
        Path segment = segments(data).get(0);
        byte[] bytes = Files.readAllBytes(segment);
        bytes[10] ^= 1;
        Files.write(segment, bytes);
        assertThat(refusal(data)).contains("offset 0");
        var configuration = configuration(data);
        var accepting = configuration.withJournal(configuration.journal().withAcceptLoss(true));
        try (var broker = Broker.start(accepting)) {
            assertThat(tool(broker, "receive", "orders", "--count", "4").exitCode())
                    .isZero();
        }
        start(data).close();
    }

    @Test
    void keepsOutOfARunningBrokersJournal() throws Exception {
        try (var broker = start(data)) {
            assertThat(broker.port()).isPositive();
            for (String command : List.of("verify", "stats", "print", "export -", "repair")) {
                var run = journal(command.split(" ", -1));
                assertThat(run.exitCode()).as(command).isEqualTo(ExitCode.DATA_LOCKED.code());
                assertThat(run.err())
                        .as(command)
                        .contains("in use by process " + ProcessHandle.current().pid())
                        .contains("stop that first");
            }
        }
    }

    @Test
    void saysThatThereIsNoJournal() {
        var run = CommandLineRun.of(
                "journal", "verify", "--data", directory.resolve("elsewhere").toString());
        assertThat(run.exitCode()).isEqualTo(ExitCode.DATA_UNUSABLE.code());
        assertThat(run.err()).contains("there is no journal in").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | {\"format\":\"another\",\"version\":1} | line 1: \"format\" must be \"godwit-export\"",
                "1 | {\"format\":\"godwit-export\",\"version\":2} | line 1: \"version\" must be a whole number from 1 to 1",
                "2 | nonsense | line 2: ",
                "4 | {\"type\":\"message\",\"queue\":\"q\",\"arrival\":1} | line 4: \"body\" must be a text in base64",
                "4 | {\"type\":\"message\",\"queue\":\"\",\"arrival\":1,\"body\":\"\"} | line 4: a queue's name may not be empty",
                "4 | {\"type\":\"message\",\"queue\":\"q\",\"arrival\":-1,\"body\":\"\"} | line 4: \"arrival\" must be",
                "4 | {\"type\":\"part\",\"body\":\"\"} | line 4: \"type\" is \"part\", which is not expected here",
                "6 | | the last line is missing",
            })
    void addsNothingWhenALineCannotBeUsed(int number, String line, String answer) throws IOException {
        Path export = directory.resolve("export.jsonl");
        journal("export", "--queue", "orders", export.toString());
        List<String> lines = new ArrayList<>(Files.readAllLines(export, UTF_8));
        if (line == null) {
            lines.remove(number);
        } else {
            lines.set(number - 1, line);
        }
        Files.write(export, lines, UTF_8);
        Path other = directory.resolve("other");
        var run = CommandLineRun.of("journal", "import", "--data", other.toString(), export.toString());

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(run.err()).contains(answer).contains("nothing was added").hasLineCount(1);
        assertThat(other).doesNotExist();
    }

    @Test
    void importsFromStandardInput() throws IOException {
        Path export = directory.resolve("export.jsonl");
        journal("export", export.toString());
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(Files.readAllBytes(export)));
            Path other = directory.resolve("other");
            assertThat(CommandLineRun.of("journal", "import", "--data", other.toString(), "-")
                            .out())
                    .startsWith("imported 5 messages");
        } finally {
            System.setIn(before);
        }
    }

    /** Of each message, with the number of attempts. */
    private static List<String> notBefores(Path export) throws IOException {
        var found = new ArrayList<String>();
        for (String line : Files.readAllLines(export, UTF_8)) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.has("notBefore")) {
                found.add(json.get("deliveryCount").asText() + " " + json.get("notBefore"));
            }
        }
        return found;
    }

    /** Of each message, joined where it came in parts. */
    private static List<String> bodies(Path export) throws IOException {
        var bodies = new ArrayList<ByteArrayOutputStream>();
        for (String line : Files.readAllLines(export, UTF_8)) {
            JsonNode json = new ObjectMapper().readTree(line);
            String type = json.path("type").asText();
            if (type.equals("message") || type.equals("large")) {
                bodies.add(new ByteArrayOutputStream());
            }
            if (json.has("body")) {
                bodies.get(bodies.size() - 1).write(json.get("body").binaryValue());
            }
        }
        return bodies.stream()
                .map(body -> HexFormat.of().formatHex(body.toByteArray()))
                .toList();
    }

    private static List<Path> segments(Path data) throws IOException {
        return files(data, "journal-");
    }

    private static List<Path> files(Path data, String prefix) throws IOException {
        try (var files = Files.list(data.resolve("journal"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static BrokerConfiguration configuration(Path data) {
        return BrokerConfiguration.defaults(data)
                .withPort(0)
                .withJournal(new BrokerConfiguration.Journal(SEGMENT_BYTES));
    }

    private static Broker start(Path data) throws BrokerStartException {
        return Broker.start(configuration(data));
    }

    private static String refusal(Path data) {
        try (var broker = start(data)) {
            throw new AssertionError("started at " + broker.uri());
        } catch (BrokerStartException refused) {
            assertThat(refused.kind()).isEqualTo(BrokerStartException.Kind.JOURNAL_CORRUPT);
            return String.valueOf(refused.getMessage());
        }
    }

    private CommandLineRun journal(String... arguments) {
        var all = new ArrayList<>(List.of("journal", arguments[0], "--data", data.toString()));
        all.addAll(Arrays.asList(arguments).subList(1, arguments.length));
        return CommandLineRun.of(all.toArray(String[]::new));
    }

    private static void send(Broker broker, String... arguments) {
        var all = new ArrayList<>(List.of("send"));
        all.addAll(Arrays.asList(arguments));
        assertThat(tool(broker, all.toArray(String[]::new)).exitCode()).isZero();
    }

    private static CommandLineRun tool(Broker broker, String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--broker";
        all[arguments.length + 1] = "127.0.0.1:" + broker.port();
        return CommandLineRun.of(all);
    }

    private static String line(String text) {
        return text + System.lineSeparator();
    }
}
