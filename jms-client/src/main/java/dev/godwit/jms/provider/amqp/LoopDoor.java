package dev.godwit.jms.provider.amqp;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from the application's threads to a connection's loop. What has gathered goes over in one wake-up of the loop,
 * in order. For any thread.
 */
final class LoopDoor {
    private static final Logger LOG = LoggerFactory.getLogger(LoopDoor.class);

    private final Executor loop;
    private final ConcurrentLinkedQueue<Runnable> gathered = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();

    LoopDoor(Executor loop) {
        this.loop = loop;
    }

    /**
     * Has a task run on the loop, after those that came before it.
     *
     * @return false when the loop has ended and the task will not run
     */
    boolean execute(Runnable task) {
        gathered.add(task);
        if (!woken.get() && woken.compareAndSet(false, true)) {
            try {
                loop.execute(this::runGathered);
            } catch (RejectedExecutionException ended) {
                gathered.clear();
                woken.set(false);
                return false;
            }
        }
        return true;
    }

    private void runGathered() {
        // First: who adds a task from now on and finds it false wakes the loop again.
        woken.set(false);
        for (Runnable task = gathered.poll(); task != null; task = gathered.poll()) {
            try {
                task.run();
            } catch (RuntimeException failed) {
                LOG.error("A task on the connection's loop failed", failed);
            }
        }
    }
}
