package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.distribution.configuration.ConfigurationDocument;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GodwitTest {
    @Test
    void printsItsVersion() {
        var run = CommandLineRun.of("version");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("godwit 0.").contains("Java " + Runtime.version());
        assertThat(CommandLineRun.of("--version").out()).isEqualTo(run.out());
    }

    @Test
    void printsEveryExitCodeInItsHelp() {
        var help = CommandLineRun.of("--help").out();
        for (ExitCode exitCode : ExitCode.values()) {
            assertThat(help)
                    .containsPattern("\\n +" + exitCode.code() + " +"
                            + exitCode.meaning().substring(0, 15));
        }
        var codes = Arrays.stream(ExitCode.values()).map(ExitCode::code).toList();
        assertThat(new HashSet<>(codes)).hasSameSizeAs(codes);
    }

    @Test
    void documentsEveryCommandAndExitCodeInTheReadme() throws IOException {
        var readme = Files.readString(Path.of("../README.md"));
        for (ExitCode exitCode : ExitCode.values()) {
            assertThat(readme).contains("| " + exitCode.code() + " | " + exitCode.meaning() + " |");
        }
        for (String command : Godwit.commandLine().getSubcommands().keySet()) {
            assertThat(readme).containsPattern("\\| `(godwit )?[^|]*" + command + "`");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | a command is missing",
                "rnu | 'rnu'",
                "send | Missing required parameter: 'ADDRESS'",
                "send q --body a --size 1 | mutually exclusive",
                "send q --durable --non-durable | --durable and --non-durable exclude each other",
                "perf --size 31 | a message needs 32 bytes at least",
                "perf --backlog | a backlog needs a queue and a count",
                "perf --in-turn --backlog --count 9 | as many queues as producers and as consumers",
                "perf --transaction-size 5 --in-flight 4 | needs as many in flight",
                "perf --transaction-size 5 --presettled | presettled",
                "perf --broker 127.0.0.1:http | the port must be a number",
                "cluster | a command is missing",
                "cluster drain | Missing required parameter: 'NODE'",
                "cluster drain --undo | Missing required parameter: 'NODE'",
                "cluster move | Missing required parameter: 'NODE'",
                "cluster move n1 --timeout soon | 'soon' is not a long",
                "run --set listen.prot=1 | unknown key \"listen.prot\"; did you mean \"listen.port\"?",
                "run --port 70000 | listen.port must be a whole number from 0 to 65535, not \"70000\"",
                "run --config /does/not/exist.yaml | /does/not/exist.yaml: no such file",
            })
    void saysInOneLineWhatIsWrongWithACommand(String command, String answer) {
        var run = CommandLineRun.of(command.isEmpty() ? new String[0] : command.split(" ", -1));
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(run.err()).contains(answer).hasLineCount(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void refusesToListenBeyondThisMachineWithoutUsers(@TempDir Path data) {
        var run = CommandLineRun.of("run", "--data", data.toString(), "--host", "0.0.0.0", "--port", "0");
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(run.err()).contains("security.users");
    }

    @Test
    void saysThatNoBrokerIsThere() {
        for (String command :
                new String[] {"send q", "receive q", "perf --count 1", "cluster drain n1", "cluster move n1"}) {
            var run = CommandLineRun.of((command + " --broker 127.0.0.1:1").split(" ", -1));
            assertThat(run.exitCode()).as(command).isEqualTo(ExitCode.CONNECTION_FAILED.code());
            assertThat(run.err())
                    .as(command)
                    .startsWith("godwit: no connection: ")
                    .hasLineCount(1);
        }
    }

    @Test
    void hashesThePasswordOnStandardInput() {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream("sécret\n".getBytes(StandardCharsets.UTF_8)));
            var run = CommandLineRun.of("hash-password");
            assertThat(run.exitCode()).isZero();
            assertThat(PasswordHash.matches(run.out().strip(), "sécret")).isTrue();
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void refusesAnEmptyPassword() {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(new byte[0]));
            assertThat(CommandLineRun.of("hash-password").exitCode()).isEqualTo(ExitCode.USAGE.code());
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void printsTheConfigurationToStartFrom() {
        assertThat(CommandLineRun.of("configuration").out()).isEqualTo(ConfigurationDocument.yaml());
        assertThat(CommandLineRun.of("configuration", "--markdown").out()).isEqualTo(ConfigurationDocument.markdown());
    }
}
