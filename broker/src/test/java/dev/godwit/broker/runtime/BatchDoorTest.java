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

    @Test
    void doorsBetweenTheSameLoopsGoOverTogetherAndInOrder() {
        var first = new BatchDoor<Integer>(here, there, received::add);
        var second = new BatchDoor<Integer>(here, there, item -> received.add(100 + item));
        here.run(() -> {
            for (int i = 0; i < 50; i++) {
                first.pass(i);
                second.pass(i);
            }
        });

        assertThat(there.wakeUps()).isEqualTo(1);
        there.runTasks();
        assertThat(received).hasSize(100).startsWith(0, 100, 1, 101, 2).endsWith(49, 149);
    }

    @Test
    void anItemThatFailsTakesNoneOfItsNeighboursAlong() {
        var door = new BatchDoor<Integer>(here, there, received::add);
        var failing = new BatchDoor<Integer>(here, there, item -> {
            throw new IllegalStateException("on purpose");
        });
        here.run(() -> {
            door.pass(1);
            failing.pass(2);
            door.pass(3);
        });

        there.runTasks();

        assertThat(received).containsExactly(1, 3);
    }
}
