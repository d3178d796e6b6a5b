package dev.godwit.distribution.perf;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells producers when their messages are due. A thread of its own, because an event loop's timers know milliseconds
 * only. Started and stopped by the run.
 */
final class LoadPacer {
    private final List<LoadProducer> producers;
    private final LoadSchedule schedule;
    private final Thread thread;
    private volatile boolean stopped;

    /**
     * @param schedule of all producers together: message k is due at producer k mod n
     */
    LoadPacer(List<LoadProducer> producers, LoadSchedule schedule) {
        this.producers = producers;
        this.schedule = schedule;
        this.thread = new Thread(this::run, "perf-pacer");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long message = 0;
        while (!stopped) {
            long wait = schedule.dueNanos(message) - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            } else {
                producers.get((int) (message % producers.size())).tellDue();
                message++;
            }
        }
    }

    /** Tells nobody any more. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }
}
