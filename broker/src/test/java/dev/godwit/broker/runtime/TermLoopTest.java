package dev.godwit.broker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TermLoopTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final TermLoop term = new TermLoop(loop);
    private final List<String> done = new ArrayList<>();

    @Test
    void doesWhatTheLoopDoesUntilItsTermEnds() {
        term.execute(() -> done.add("task"));
        term.schedule(10, () -> done.add("timer"));
        assertThat(term.isCurrent()).isFalse();
        loop.run(() -> assertThat(term.isCurrent()).isTrue());
        loop.advance(10);
        assertThat(done).containsExactly("task", "timer");
    }

    @Test
    void forgetsTasksAndTimersAtItsEnd() {
        term.execute(() -> done.add("task"));
        term.schedule(10, () -> done.add("timer"));
        term.end();
        term.execute(() -> done.add("late task"));
        term.schedule(1, () -> done.add("late timer"));
        assertThat(loop.timersWaiting()).isZero();
        loop.advance(100);
        loop.runTasks();
        assertThat(done).isEmpty();
    }

    @Test
    void cancelsATimer() {
        term.schedule(10, () -> done.add("timer")).cancel();
        assertThat(loop.timersWaiting()).isZero();
        loop.advance(10);
        assertThat(done).isEmpty();
    }

    @Test
    void dropsWhatIsOnItsWayFromAnotherLoop() {
        var other = new ManualEventLoop();
        var door = new BatchDoor<String>(new TermLoop(other), term, done::add);
        other.run(() -> door.pass("item"));
        term.end();
        loop.runTasks();
        assertThat(done).isEmpty();
    }
}
