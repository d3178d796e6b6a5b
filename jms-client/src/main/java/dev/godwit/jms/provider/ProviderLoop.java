package dev.godwit.jms.provider;

/**
 * The thread on which the connections of a factory live and call back, for whoever wants to live there, too. It is there until
 * the last of its users has released it. For any thread.
 */
public interface ProviderLoop {
    /** A task that waits for its time. */
    interface Timer {
        /** It does not run any more. On the loop. */
        void cancel();
    }

    /**
     * Has a task run on the loop, after those that came before it.
     *
     * @return false when the loop has ended and the task will not run
     */
    boolean execute(Runnable task);

    /** Has a task run on the loop after so many milliseconds. Called on the loop. */
    Timer schedule(long delayMillis, Runnable task);

    /** It is not needed any more. */
    void release();
}
