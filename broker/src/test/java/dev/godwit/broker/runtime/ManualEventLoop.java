package dev.godwit.broker.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/** An event loop and a clock that the test turns by hand: no threads, no sleeps, the same run every time. */
public final class ManualEventLoop implements EventLoop, Clock {
    /** The one part that other threads touch: they give tasks to a loop. */
    private final ConcurrentLinkedDeque<Runnable> tasks = new ConcurrentLinkedDeque<>();

    private final List<Due> timers = new ArrayList<>();
    private final Crossings crossings = new Crossings(this);
    private boolean running;
    private long nowMillis = 1_000_000;
    private int wakeUps;

    @Override
    public void execute(Runnable task) {
        if (!running && tasks.isEmpty()) {
            wakeUps++;
        }
        tasks.add(task);
    }

    @Override
    public boolean isCurrent() {
        return running;
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        var due = new Due(nowMillis + delayMillis, task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public Crossings crossings() {
        return crossings;
    }

    /** Nothing takes any time here. */
    @Override
    public long nanoTime() {
        return nowMillis * 1_000_000;
    }

    @Override
    public long nowMillis() {
        return nowMillis;
    }

    /** Runs the task, and then whatever it left behind, until the loop is idle. */
    public void run(Runnable task) {
        execute(task);
        runTasks();
    }

    /** Runs what other loops have given to this one. */
    public void runTasks() {
        running = true;
        try {
            while (!tasks.isEmpty()) {
                tasks.removeFirst().run();
            }
        } finally {
            running = false;
        }
    }

    /** Lets the time pass, timers included. */
    public void advance(long millis) {
        long endMillis = nowMillis + millis;
        while (true) {
            var next = timers.stream()
                    .filter(each -> each.atMillis <= endMillis)
                    .min(Comparator.comparingLong(Due::atMillis));
            if (next.isEmpty()) {
                break;
            }
            timers.remove(next.get());
            nowMillis = Math.max(nowMillis, next.get().atMillis);
            run(next.get().task);
        }
        nowMillis = endMillis;
    }

    /** Tasks that were given to it, and have not run. */
    public int tasksWaiting() {
        return tasks.size();
    }

    /** Tasks whose time has not come. */
    public int timersWaiting() {
        return timers.size();
    }

    /** How often somebody had to wake this loop up. */
    public int wakeUps() {
        return wakeUps;
    }

    private record Due(long atMillis, Runnable task) {}
}
