package dev.godwit.amqp.transport;

import java.util.concurrent.TimeUnit;

/**
 * Watches the silence on a connection in both directions (AMQP 1.0 §2.4.5). Owned by the connection's loop.
 *
 * <p>Each direction has one timer that looks when the last byte went by, and sets itself again for the rest; so bytes
 * cost a clock reading, and no timer is moved.
 */
final class IdleWatch {
    /** We send no more frequent signs of life than these. */
    private static final long KEEP_ALIVE_MIN_MILLIS = 50;

    /** A peer that hears nothing for so long may take us for dead, but not sooner. */
    static final long IDLE_TIMEOUT_MIN_MILLIS = 2 * KEEP_ALIVE_MIN_MILLIS;

    private final LoopTasks tasks;
    private final Runnable onSilentPeer;
    private final Runnable keepAlive;
    private long lastInputNanos = System.nanoTime();
    private long lastOutputNanos = lastInputNanos;
    private long silenceMaxNanos;
    private long keepAliveNanos;
    private boolean inputPaused;
    private long inputTimer = LoopTasks.NO_TIMER;
    private long outputTimer = LoopTasks.NO_TIMER;

    IdleWatch(LoopTasks tasks, Runnable onSilentPeer, Runnable keepAlive) {
        this.tasks = tasks;
        this.onSilentPeer = onSilentPeer;
        this.keepAlive = keepAlive;
    }

    void onInput() {
        lastInputNanos = System.nanoTime();
    }

    /** Nothing is read from now on, so nothing that the peer says is heard, and its silence says nothing. */
    void pauseInput() {
        inputPaused = true;
    }

    /** The peer is heard again; its silence counts from here. */
    void resumeInput() {
        if (inputPaused) {
            inputPaused = false;
            onInput();
        }
    }

    void onOutput() {
        lastOutputNanos = System.nanoTime();
    }

    /** From now on the peer may be silent for no longer than this. */
    void limitSilence(long silenceMaxMillis) {
        silenceMaxNanos = TimeUnit.MILLISECONDS.toNanos(silenceMaxMillis);
        lastInputNanos = System.nanoTime();
        inputTimer = set(inputTimer, silenceMaxNanos, this::checkInput);
    }

    /**
     * From now on we send something at least twice in the peer's idle timeout.
     *
     * @param idleTimeoutMillis at least {@link #IDLE_TIMEOUT_MIN_MILLIS}
     */
    void keepAlive(long idleTimeoutMillis) {
        keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(idleTimeoutMillis / 2);
        outputTimer = set(outputTimer, keepAliveNanos, this::checkOutput);
    }

    private void checkInput() {
        if (inputPaused) {
            onInput();
        }
        long rest = silenceMaxNanos - (System.nanoTime() - lastInputNanos);
        if (rest <= 0) {
            inputTimer = LoopTasks.NO_TIMER;
            onSilentPeer.run();
        } else {
            inputTimer = set(LoopTasks.NO_TIMER, rest, this::checkInput);
        }
    }

    private void checkOutput() {
        long rest = keepAliveNanos - (System.nanoTime() - lastOutputNanos);
        if (rest <= 0) {
            keepAlive.run();
            onOutput();
            rest = keepAliveNanos;
        }
        outputTimer = set(LoopTasks.NO_TIMER, rest, this::checkOutput);
    }

    private long set(long oldTimer, long nanos, Runnable check) {
        tasks.cancel(oldTimer);
        return tasks.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1), check);
    }

    void stop() {
        tasks.cancel(inputTimer);
        tasks.cancel(outputTimer);
        inputTimer = LoopTasks.NO_TIMER;
        outputTimer = LoopTasks.NO_TIMER;
    }
}
