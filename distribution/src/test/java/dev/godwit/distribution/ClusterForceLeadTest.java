package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code godwit cluster force-lead} where there is nothing to force. */
class ClusterForceLeadTest {
    @TempDir
    private Path directory;

    private static CommandLineRun forceLead(Path data) {
        return CommandLineRun.of("cluster", "force-lead", "--accept-loss", "--data", data.toString());
    }

    @Test
    void refusesABrokerThatStandsAlone() throws Exception {
        var configuration = BrokerConfiguration.defaults(directory)
                .withPort(0)
                .withJournal(new BrokerConfiguration.Journal(1 << 20));
        try (var broker = Broker.start(configuration)) {
            assertThat(CommandLineRun.of("send", "orders", "--body", "a", "--broker", "127.0.0.1:" + broker.port())
                            .exitCode())
                    .isZero();
            var running = forceLead(directory);
            assertThat(running.exitCode()).isEqualTo(ExitCode.DATA_LOCKED.code());
            assertThat(running.err()).contains("is in use by process").contains("stop that first");
        }
        var run = forceLead(directory);
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(run.err()).contains("nothing was changed").contains("of a broker that stands alone");
        assertThat(run.out()).isEmpty();
        assertThat(Files.exists(directory.resolve("cluster.properties"))).isFalse();
    }

    @Test
    void saysThatThereIsNothing() {
        var run = forceLead(directory);
        assertThat(run.exitCode()).isEqualTo(ExitCode.DATA_UNUSABLE.code());
        assertThat(run.err()).contains("there is no journal").hasLineCount(1);
    }

    /** Without the data directory it is not known which cluster the node remembers. */
    @Test
    void refusesAJournalAlone() throws Exception {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Files.createFile(copy.resolve("journal-0000000000000001.seg"));
        var run = forceLead(copy);
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(run.err()).contains("name the data directory").hasLineCount(1);
    }
}
