package dev.godwit.broker.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node says of itself, with loops, a clock and a journal that are turned by hand. */
class NodeHealthTest {
    private final ManualEventLoop first = new ManualEventLoop();
    private final ManualEventLoop second = new ManualEventLoop();
    private final ManualEventLoop clock = new ManualEventLoop();
    private JournalStatistics journal = statistics(7, 0, false);
    private final NodeHealth health = new NodeHealth(clock);

    private static JournalStatistics statistics(long batches, long pendingBytes, boolean diskFull) {
        return new JournalStatistics(0, batches, 0, pendingBytes, 0, 0, 0, 0, 0, diskFull, 0, 0);
    }

    private void watch() {
        health.watch(List.of(first, second), () -> journal);
        health.become(ServingStage.ACTIVE);
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(1_000);
            health.beat();
        }
    }

    @Test
    void livesAndTakesNoClientsWhileItStarts() {
        pass(100);

        assertThat(health.live().good()).isTrue();
        assertThat(health.ready()).isEqualTo(new Finding(false, List.of("the node is starting")));
        assertThat(health.active().good()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(ServingStage.class)
    void sendsClientsWhereTheyAreServedOrPassedOn(ServingStage stage) {
        watch();
        health.become(stage);

        assertThat(health.live().good()).isTrue();
        assertThat(health.ready().good()).isEqualTo(stage == ServingStage.ACTIVE || stage == ServingStage.RELAYING);
        assertThat(health.active().good()).isEqualTo(stage == ServingStage.ACTIVE);
        assertThat(health.ready().reasons()).hasSize(1);
    }

    /** What clients were served from ends when the node does. */
    @Test
    void goesOnStopping() {
        watch();
        health.become(ServingStage.STOPPING);
        health.become(ServingStage.WAITING);
        health.become(ServingStage.ACTIVE);
        health.follow(() -> ServingStage.RELAYING);
        pass(100);
        assertThat(health.live().good()).isTrue();
        assertThat(health.ready()).isEqualTo(new Finding(false, List.of("the node is stopping")));
    }

    @Test
    void noticesALoopThatStandsStill() {
        watch();
        for (int i = 0; i < 20; i++) {
            pass(1);
            first.runTasks();
            if (i < 10) {
                second.runTasks();
            }
        }

        assertThat(health.live()).isEqualTo(new Finding(false, List.of("event loop 1 has not turned for 9 s")));
        assertThat(health.ready()).isEqualTo(health.live());
        assertThat(health.active()).isEqualTo(health.live());

        second.runTasks();
        assertThat(health.live().good()).isTrue();
    }

    @Test
    void givesALoopThatStandsStillNoSecondTask() {
        health.watch(List.of(first), () -> journal);
        pass(100);

        assertThat(first.tasksWaiting()).isEqualTo(1);
        first.runTasks();
        pass(1);
        assertThat(first.tasksWaiting()).isEqualTo(1);
    }

    @Test
    void noticesAJournalThatDoesNotWriteWhatItHas() {
        health.watch(List.of(), () -> journal);
        health.become(ServingStage.ACTIVE);
        pass(60);
        assertThat(health.live().good()).as("nothing to write").isTrue();

        journal = statistics(7, 512, false);
        pass(9);
        assertThat(health.live().good()).isTrue();
        pass(1);
        assertThat(health.live().reasons()).containsExactly("the journal has not written for 10 s");

        journal = statistics(8, 512, false);
        pass(1);
        assertThat(health.live().good()).as("a batch was written").isTrue();
    }

    @Test
    void takesAFullDiskForNoReasonToRestart() {
        health.watch(List.of(), () -> journal);
        health.become(ServingStage.ACTIVE);
        journal = statistics(7, 512, true);
        pass(60);

        assertThat(health.ready().good()).isTrue();
    }
}
