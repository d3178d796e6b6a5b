package dev.godwit.broker.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Runs one task of an event loop's when a time of the wall clock has come. That clock may jump, so the task runs after a minute at the
 * latest, looks what time it is, and sets the timer anew. Owned by that loop.
 */
public final class WallClockTimer {
    private static final long DELAY_MILLIS_MAX = 60_000;

    private final EventLoop owner;
    private final Clock clock;
    private final Runnable task;
    private EventLoop.@Nullable Timer timer;
    private long dueMillis;

    public WallClockTimer(EventLoop owner, Clock clock, Runnable task) {
        this.owner = owner;
        this.clock = clock;
        this.task = task;
    }

    /**
     * The task is to run at this time. If it is to run before that already, nothing changes.
     *
     * @param timeMillis as the wall clock has it; may have passed
     * @param delayMillisMin how long it takes at the least, at least 1
     */
    public void set(long timeMillis, long delayMillisMin) {
        long nowMillis = clock.nowMillis();
        long delayMillis = Math.min(DELAY_MILLIS_MAX, Math.max(delayMillisMin, timeMillis - nowMillis));
        if (timer != null) {
            if (dueMillis <= nowMillis + delayMillis) {
                return;
            }
            timer.cancel();
        }
        dueMillis = nowMillis + delayMillis;
        timer = owner.schedule(delayMillis, this::onTime);
    }

    private void onTime() {
        timer = null;
        task.run();
    }

    /** The task runs no more, unless the timer is set again. */
    public void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
