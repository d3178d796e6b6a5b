package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPlanTest {
    @Test
    void spreadsLinksOverQueues() {
        var plan = LoadPlans.counting(10).queues(3).plan();
        assertThat(plan.addresses()).containsExactly("perf-0", "perf-1", "perf-2");
        assertThat(List.of(plan.addressOf(0), plan.addressOf(4))).containsExactly("perf-0", "perf-1");
        assertThat(LoadPlans.counting(10).plan().addresses()).containsExactly("perf");
    }

    @Test
    void sharesTheCountOutWithoutLoss() {
        var plan = LoadPlans.counting(10).producers(3).plan();
        assertThat(List.of(plan.countOf(0), plan.countOf(1), plan.countOf(2))).containsExactly(4L, 3L, 3L);
    }

    @Test
    void spreadsARateOverProducersAndTime() {
        var second = LoadSchedule.of(2_000, 4, 1, 1_000_000);
        assertThat(second.dueNanos(0)).isEqualTo(1_500_000);
        assertThat(second.dueNanos(1)).isEqualTo(3_500_000);
        assertThat(second.dueNanos(1_000_000)).isEqualTo(1_500_000 + 2_000_000_000_000L);
    }

    @Test
    void dividesTimeByTheMessagesThatWentThrough() {
        var phase = new LoadPhase("run", 2, 100, 100, 50, 3_000L, 750);
        assertThat(phase.confirmedPerSecond()).isEqualTo(50);
        assertThat(phase.serverCpuMicrosPerMessage()).isEqualTo(30);
        var even = new LoadPhase("run", 1, 100, 100, 90, null, 950);
        assertThat(even.clientCpuMicrosPerMessage()).isEqualTo(10);
        assertThat(even.serverCpuMicrosPerMessage()).isNull();
        var fanOut = new LoadPhase("run", 1, 100, 100, 1_000, 2_000L, 0);
        assertThat(fanOut.serverCpuMicrosPerMessage()).isEqualTo(2);
    }
}
