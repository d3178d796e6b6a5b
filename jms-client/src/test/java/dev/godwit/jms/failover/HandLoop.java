package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A loop and a clock that the test turns by hand, on its own thread. */
final class HandLoop implements ProviderLoop {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Due> timers = new ArrayList<>();
    private long nowMillis;
    private int released;

    private record Due(long timeMillis, Runnable task) {}

    @Override
    public boolean execute(Runnable task) {
        tasks.add(task);
        return true;
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        Due due = new Due(nowMillis + delayMillis, task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public void release() {
        released++;
    }

    boolean isReleased() {
        return released == 1;
    }

    /** Runs what is to run now. */
    void turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Lets time pass, and runs what becomes due. */
    void pass(long millis) {
        long until = nowMillis + millis;
        turn();
        for (Due next = next(until); next != null; next = next(until)) {
            timers.remove(next);
            nowMillis = next.timeMillis;
            next.task.run();
            turn();
        }
        nowMillis = until;
    }

    private @Nullable Due next(long until) {
        return timers.stream()
                .filter(each -> each.timeMillis <= until)
                .min(Comparator.comparingLong(Due::timeMillis))
                .orElse(null);
    }

    long nowMillis() {
        return nowMillis;
    }
}
