package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.jms.GodwitConnectionFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools against a broker in this process. */
class ToolsTest {
    @TempDir
    private Path directory;

    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        var defaults = BrokerConfiguration.defaults(directory).withPort(0);
        var queues = defaults.queues()
                .withAutoCreation(new AutoCreation(true, List.of("closed.*")))
                .withMessageMemoryBytesMax(64 << 20);
        broker = Broker.start(defaults.withQueues(queues).withUsers(Map.of("alice", PasswordHash.hash("wonderland"))));
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    @Test
    void sendsAndReceivesTexts() {
        assertThat(tool("send", "q", "--count", "3", "--body", "Grüße", "--property", "a=b"))
                .isEqualTo(new CommandLineRun(0, lines("sent 3"), ""));
        assertThat(tool("receive", "q", "--count", "2", "--print"))
                .isEqualTo(new CommandLineRun(0, lines("Grüße", "Grüße"), ""));
        assertThat(tool("receive", "q", "--count", "0", "--timeout", "0.5"))
                .isEqualTo(new CommandLineRun(0, lines("received 1"), ""));
    }

    @Test
    void showsBytesThatAreNoText() {
        tool("send", "q", "--size", "3");
        assertThat(tool("receive", "q", "--print").out()).isEqualTo(lines("0x000000"));
    }

    @Test
    void saysThatTooFewMessagesCame() {
        tool("send", "q");
        var run = tool("receive", "q", "--count", "2", "--timeout", "0.5");
        assertThat(run.exitCode()).isEqualTo(ExitCode.INCOMPLETE.code());
        assertThat(run.out()).isEqualTo(lines("received 1"));
    }

    @Test
    void saysThatAnAddressIsRefused() {
        for (String command : List.of("send", "receive")) {
            var run = tool(command, "closed.q");
            assertThat(run.exitCode()).as(command).isEqualTo(ExitCode.REFUSED.code());
            assertThat(run.err()).as(command).contains("closed.q").contains("amqp:not-found");
        }
    }

    @Test
    void saysThatABrokerAloneIsNoCluster() {
        for (var command : List.of("status", "drain n1", "drain --undo n1", "move n1")) {
            var run = tool(("cluster " + command).split(" ", -1));
            assertThat(run.exitCode()).as(command).isEqualTo(ExitCode.REFUSED.code());
            assertThat(run.err())
                    .as(command)
                    .isEqualTo(lines("godwit: the broker refuses: this broker stands alone (404)"));
        }
    }

    @Test
    void saysThatTheLoginIsRefused() {
        var run = CommandLineRun.of("send", "q", "--broker", address(), "--user", "alice", "--password=wrong");
        assertThat(run.exitCode()).isEqualTo(ExitCode.CONNECTION_FAILED.code());
        assertThat(run.err()).startsWith("godwit: no connection: ").hasLineCount(1);
    }

    @Test
    void movesCopiesAndPurgesWhatAFilterPicks() {
        for (var colour : List.of("red", "blue", "red")) {
            tool("send", "q", "--body", colour, "--property", "colour=" + colour);
        }
        assertThat(tool("move", "q", "reds", "--filter", "colour = 'red'", "--dry-run"))
                .isEqualTo(new CommandLineRun(0, lines("would be moved 2"), ""));
        assertThat(tool("copy", "q", "all", "--rate", "1000")).isEqualTo(new CommandLineRun(0, lines("copied 3"), ""));
        assertThat(tool("move", "q", "reds", "--filter", "colour = 'red'", "--limit", "1"))
                .isEqualTo(new CommandLineRun(0, lines("moved 1"), ""));
        assertThat(tool("receive", "reds", "--print").out()).isEqualTo(lines("red"));
        assertThat(tool("purge", "q", "--filter", "colour = 'blue'"))
                .isEqualTo(new CommandLineRun(0, lines("purged 1"), ""));
        assertThat(tool("purge", "q")).isEqualTo(new CommandLineRun(0, lines("purged 1"), ""));
        assertThat(tool("purge", "all", "--dry-run")).isEqualTo(new CommandLineRun(0, lines("would be purged 3"), ""));
    }

    @Test
    void saysWhyMessagesAreNotDelivered() {
        tool("send", "q", "--count", "2");
        var run = tool("why", "q", "--count", "1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .startsWith("queue: no-consumer: ")
                .contains("message ")
                .hasLineCount(2);
        assertThat(tool("why", "q", "--message", "another").out()).isEqualTo(lines("there is no such message"));
        assertThat(tool("why", "q", "--producers").out()).isEqualTo(lines("there are no producers"));
        assertThat(tool("why", "closed.q").exitCode()).isEqualTo(ExitCode.REFUSED.code());
        for (var wrong : List.of("--producers --number 1", "--message a --number 1", "--count 0", "--count 101")) {
            var arguments = ("why q " + wrong).split(" ");
            assertThat(tool(arguments).exitCode()).as(wrong).isEqualTo(ExitCode.USAGE.code());
        }
        tool("purge", "q");
        assertThat(tool("why", "q").out())
                .startsWith("queue: no-consumer: ")
                .endsWith(lines("no message could be given out"));
    }

    @Test
    void listsPreparedTransactionsAndDecidesAboutThem() throws Exception {
        assertThat(tool("transactions", "list")).isEqualTo(new CommandLineRun(0, "", ""));
        prepare(1);
        prepare(2);
        assertThat(tool("transactions", "list").out().lines()).hasSize(2).allSatisfy(line -> assertThat(line)
                .contains("  prepared  alice  "));
        assertThat(tool("transactions", "commit", "000000010107"))
                .isEqualTo(new CommandLineRun(0, lines("committed"), ""));
        assertThat(tool("transactions", "rollback", "000000020107", "--of", "alice"))
                .isEqualTo(new CommandLineRun(0, lines("rolled back"), ""));
        assertThat(tool("transactions", "list").out()).isEmpty();
        assertThat(tool("transactions", "commit", "000000010107").exitCode()).isEqualTo(ExitCode.REFUSED.code());
        assertThat(tool("transactions").exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(tool("receive", "q", "--count", "0", "--timeout", "0.5", "--print")
                        .out())
                .startsWith("1")
                .hasLineCount(1);
    }

    /** Leaves a transaction prepared, of a global id that is 0000000n 01 07. */
    private void prepare(int number) throws Exception {
        try (var context = new GodwitConnectionFactory("alice", "wonderland", broker.uri()).createXAContext()) {
            var resource = context.getXAResource();
            var xid = new Xid() {
                @Override
                public int getFormatId() {
                    return number;
                }

                @Override
                public byte[] getGlobalTransactionId() {
                    return new byte[] {7};
                }

                @Override
                public byte[] getBranchQualifier() {
                    return new byte[0];
                }
            };
            resource.start(xid, XAResource.TMNOFLAGS);
            context.createProducer().send(context.createQueue("q"), Integer.toString(number));
            resource.end(xid, XAResource.TMSUCCESS);
            assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        }
    }

    @Test
    void redrivesWhatIsADeadLetter() {
        tool("send", "DLQ", "--body", "no dead letter");
        assertThat(tool("redrive", "DLQ")).isEqualTo(new CommandLineRun(0, lines("redriven 0, stayed 1"), ""));
    }

    @Test
    void saysWhyASweepIsRefused() {
        var wrong = tool("move", "q", "q");
        assertThat(wrong.exitCode()).isEqualTo(ExitCode.REFUSED.code());
        assertThat(wrong.err())
                .startsWith("godwit: the broker refuses: there is no queue 'q'")
                .endsWith(" (404)" + System.lineSeparator());
        assertThat(tool("move", "q", "r", "--rate", "0").exitCode()).isEqualTo(ExitCode.USAGE.code());
        var filter = tool("purge", "q", "--filter", "colour =");
        assertThat(filter.exitCode()).isEqualTo(ExitCode.REFUSED.code());
        assertThat(filter.err()).contains("the filter: ");
    }

    @Test
    void verifiesEveryMessageUnderLoad() throws Exception {
        for (List<String> load : List.of(
                List.of("--count", "20000"),
                List.of("--count", "300", "--in-flight", "1", "--producers", "4", "--connections", "2"),
                List.of("--count", "20000", "--non-durable", "--queues", "3", "--producers", "3", "--consumers", "6"),
                List.of("--count", "20000", "--presettled", "--non-durable"),
                List.of("--count", "5000", "--backlog", "--size", "2000"),
                List.of("--count", "5000", "--delivery-delay", "1"),
                List.of(
                        "--count",
                        "4000",
                        "--backlog",
                        "--in-turn",
                        "--queues",
                        "4",
                        "--producers",
                        "4",
                        "--consumers",
                        "4"),
                List.of("--rate", "500", "--warmup", "0", "--duration", "0.5"))) {
            var arguments = new ArrayList<>(List.of("perf", "--json", "--server-pid", pid()));
            arguments.addAll(load);
            var run = tool(arguments.toArray(String[]::new));

            assertThat(run.exitCode()).as("%s: %s", load, run).isZero();
            JsonNode figures = new ObjectMapper().readTree(run.out());
            assertThat(figures.get("clean").asBoolean()).isTrue();
            assertThat(figures.get("sent").asLong()).isPositive();
            assertThat(figures.get("received").asLong())
                    .isEqualTo(figures.get("sent").asLong());
            assertThat(figures.at("/verdict/lost").asLong()).isZero();
            assertThat(figures.at("/phases/0/confirmedPerSecond").asDouble()).isPositive();
            assertThat(figures.get("serverResidentKib").asLong()).isPositive();
        }
    }

    @Test
    void saysThatABacklogOfNonDurableMessagesDoesNotFit() {
        var run = tool(
                "perf",
                "--count",
                "2000",
                "--backlog",
                "--non-durable",
                "--size",
                "100000",
                "--in-flight",
                "50",
                "--drain-timeout",
                "0.5");
        assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED.code());
        assertThat(run.err()).contains("the broker takes no more: the backlog stands at ");
    }

    @Test
    void leavesALoadForAnotherToConsume() {
        assertThat(tool("perf", "--count", "500", "--consumers", "0").exitCode())
                .isZero();
        assertThat(tool("perf", "--count", "500", "--producers", "0").out()).contains("received 500");
        assertThat(tool("perf", "--count", "1", "--producers", "0", "--drain-timeout", "0.3")
                        .exitCode())
                .isEqualTo(ExitCode.INCOMPLETE.code());
    }

    private CommandLineRun tool(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--broker", address(), "--user", "alice", "--password=wonderland"));
        return CommandLineRun.of(all.toArray(String[]::new));
    }

    private String address() {
        return broker.uri();
    }

    private static String pid() {
        return Long.toString(ProcessHandle.current().pid());
    }

    private static String lines(String... lines) {
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }
}
