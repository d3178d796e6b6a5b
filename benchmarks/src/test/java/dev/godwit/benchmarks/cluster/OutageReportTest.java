package dev.godwit.benchmarks.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OutageReportTest {
    private static OutageReport report(String... lines) {
        return new OutageReport(Stream.of(lines).map(Outage::parse).toList());
    }

    @Test
    void countsFromTheKillOrTheStartAndFromTheJvm() {
        var report = report("killed 10000 0 11500 11600", "all-restarted 20000 20150 22500 22400");
        assertThat(report.text())
                .isEqualTo(String.join(
                        System.lineSeparator(),
                        "killed             confirmed after  1.500 s, received after  1.600 s",
                        "all-restarted      confirmed after  2.500 s, received after  2.400 s"
                                + " (2.350 s, 2.250 s after its JVM was up)",
                        "bar 3.0 s: holds each time",
                        ""));
        assertThat(report.isMissed()).isFalse();
    }

    @Test
    void missesWhenEitherOfBothCameLate() {
        assertThat(report("killed 1000 0 4000 4000").isMissed()).isFalse();
        assertThat(report("killed 1000 0 4001 2000").isMissed()).isTrue();
        var late = report("killed 1000 0 2000 2000", "killed 1000 0 2000 4001");
        assertThat(late.isMissed()).isTrue();
        assertThat(late.text()).contains("received after  3.001 s  MISSED", "bar 3.0 s: MISSED");
    }

    @Test
    void refusesALineThatIsNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> Outage.parse("killed 1000 0 4000"));
    }
}
