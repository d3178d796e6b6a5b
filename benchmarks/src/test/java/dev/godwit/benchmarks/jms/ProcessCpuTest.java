package dev.godwit.benchmarks.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessCpuTest {
    /** User and system time are each cut off at a hundredth of a second. */
    private static final long CUT_OFF_MICROS = 20_000;

    @Test
    void sumsWhatSeveralProcessesTookInBetween() {
        var before = new ProcessCpu(List.of(1_000_000L, 20_000L, 0L));
        var after = new ProcessCpu(List.of(1_500_000L, 30_000L, 40_000L));
        assertThat(after.minus(before).each()).containsExactly(500_000L, 10_000L, 40_000L);
        assertThat(after.minus(before).sumMicros()).isEqualTo(550_000);
    }

    @Test
    void readsUserAndSystemTimeOfAProcess() {
        long self = ProcessHandle.current().pid();
        long atLeast = takenMicros() - CUT_OFF_MICROS;
        var read = ProcessCpu.of(List.of(self, self));
        long atMost = takenMicros() + CUT_OFF_MICROS;
        assertThat(read.each()).hasSize(2).allSatisfy(micros -> assertThat(micros)
                .isBetween(atLeast, atMost));
    }

    private static long takenMicros() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return TimeUnit.NANOSECONDS.toMicros(system.getProcessCpuTime());
    }

    @Test
    void takesNoBrokerForOneThatCostsNothing() {
        assertThat(ProcessCpu.of(List.of()).sumMicros()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> ProcessCpu.of(List.of(Long.MAX_VALUE)));
    }
}
