package dev.godwit.benchmarks.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CostReportTest {
    private static CostReport report(String... lines) {
        return new CostReport(Stream.of(lines).map(CostReport.Turn::parse).toList());
    }

    @Test
    void comparesTheMeansOfTheTurns() {
        var report = report(
                "artemis 10000 100.0 60.00+40.00",
                "godwit 20000 30.0 14.00+8.00+8.00",
                "godwit 30000 40.0 20.00+10.00+10.00",
                "artemis 20000 120.0 70.00+50.00");
        assertThat(report.cpuRatio()).isEqualTo(35.0 / 110.0);
        assertThat(report.isMissed()).isFalse();
        assertThat(report.text())
                .isEqualTo(String.join(
                        System.lineSeparator(),
                        "artemis  two copies      110.00 µs of CPU per message,    15000 messages/s",
                        "godwit   three copies     35.00 µs of CPU per message,    25000 messages/s",
                        "Godwit / Artemis: 0.318 of the CPU (bar 0.50), 1.67 of the rate",
                        ""));
    }

    @Test
    void holdsAtHalfAndMissesAboveIt() {
        assertThat(report("artemis 1 100", "godwit 1 50").isMissed()).isFalse();
        var above = report("artemis 1 100", "godwit 1 50.1");
        assertThat(above.isMissed()).isTrue();
        assertThat(above.text()).contains("MISSED");
    }

    @Test
    void needsTurnsOfBoth() {
        var half = new CostReport(List.of(CostReport.Turn.parse("godwit 1 50")));
        assertThatIllegalArgumentException().isThrownBy(half::isMissed).withMessageContaining("artemis");
    }
}
