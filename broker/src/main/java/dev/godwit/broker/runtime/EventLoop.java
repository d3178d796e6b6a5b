package dev.godwit.broker.runtime;

import java.util.concurrent.Executor;

/**
 * One thread that owns state. Code that touches the state runs here, or asks by {@link #execute}, which never blocks
 * and keeps the order of the tasks of one caller.
 *
 * <p>A task that the loop gives to itself runs after what it is doing now, before it waits for the network again. That
 * is the "end of the turn": whoever gathers work during a turn gives itself one such task.
 */
public interface EventLoop extends Executor {
    boolean isCurrent();

    /** Runs the task here once, after {@code delayMillis}, at least 1. */
    Timer schedule(long delayMillis, Runnable task);

    /** What goes from here to other loops in batches: {@link BatchDoor}. */
    Crossings crossings();

    /** First line of every method of a loop-owned class. */
    default void assertCurrent() {
        if (!isCurrent()) {
            throw new IllegalStateException(
                    "off its event loop: " + Thread.currentThread().getName());
        }
    }

    /** A task that waits for its time. */
    interface Timer {
        /** The task will not run, unless it did. */
        void cancel();
    }
}
