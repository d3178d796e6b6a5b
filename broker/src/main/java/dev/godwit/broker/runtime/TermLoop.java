package dev.godwit.broker.runtime;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An event loop for a term, which ends before the loop does: what was given to it and has not run by then never runs, and
 * nothing is kept of it. So whoever built queues and links on it can let go of them without telling each of them. Any thread
 * may use it.
 */
public final class TermLoop implements EventLoop {
    private final EventLoop loop;
    private final Crossings crossings = new Crossings(this);
    private final Set<TermTimer> timers = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    /** @param loop what runs the tasks */
    public TermLoop(EventLoop loop) {
        this.loop = loop;
    }

    /** Nothing of it runs any more once a task that is given to the loop itself after this has run. */
    public void end() {
        ended = true;
        timers.forEach(TermTimer::cancel);
    }

    @Override
    public boolean isCurrent() {
        return loop.isCurrent();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(() -> {
            if (!ended) {
                task.run();
            }
        });
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        var timer = new TermTimer(task);
        timers.add(timer);
        timer.begin(delayMillis);
        return timer;
    }

    @Override
    public Crossings crossings() {
        return crossings;
    }

    /** One that is cancelled with its term, and until then known to it. */
    private final class TermTimer implements Timer, Runnable {
        private final Runnable task;
        private volatile @Nullable Timer timer;

        TermTimer(Runnable task) {
            this.task = task;
        }

        void begin(long delayMillis) {
            timer = loop.schedule(delayMillis, this);
            if (ended) {
                cancel();
            }
        }

        @Override
        public void run() {
            timers.remove(this);
            if (!ended) {
                task.run();
            }
        }

        @Override
        public void cancel() {
            timers.remove(this);
            var begun = timer;
            if (begun != null) {
                begun.cancel();
            }
        }
    }
}
