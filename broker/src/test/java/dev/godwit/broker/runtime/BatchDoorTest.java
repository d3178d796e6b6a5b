package dev.godwit.broker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchDoorTest {
    private final ManualEventLoop here = new ManualEventLoop();
    private final ManualEventLoop there = new ManualEventLoop();
    private final List<Integer> received = new ArrayList<>();

    @Test
    void handsOverWhatGatheredInOneTurnWithOneWakeUp() {
        var door = new BatchDoor<Integer>(here, there, received::add);
        here.run(() -> {
            for (int i = 0; i < 1_000; i++) {
                door.pass(i);
            }
        });
        assertThat(received).isEmpty();
        assertThat(there.wakeUps()).isEqualTo(1);

        there.runTasks();

        assertThat(received).hasSize(1_000).isSorted();
    }

    @Test
    void isAPlainCallWhenBothEndsAreOneLoop() {
        var door = new BatchDoor<Integer>(here, here, received::add);
        here.run(() -> {
            door.pass(7);
            assertThat(received).containsExactly(7);
        });
    }

    @Test
    void flushedItemsGoBeforeWhatIsPassedLater() {
        var door = new BatchDoor<Integer>(here, there, received::add);
        here.run(() -> {
            door.pass(1);
            door.flush();
            there.execute(() -> received.add(2));
            door.pass(3);
        });
        there.runTasks();
        assertThat(received).containsExactly(1, 2, 3);
    }
}
