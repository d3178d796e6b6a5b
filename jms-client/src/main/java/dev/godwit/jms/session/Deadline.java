package dev.godwit.jms.session;

import java.util.concurrent.TimeUnit;

/**
 * When something must be over that has several steps, each of which may wait. Immutable.
 *
 * @param limited false for no limit
 * @param nanos on the clock of {@link System#nanoTime}
 */
record Deadline(boolean limited, long nanos) {
    /** @param millis from now on, or {@link ConnectionSettings#NO_LIMIT} */
    static Deadline in(long millis) {
        return new Deadline(
                millis != ConnectionSettings.NO_LIMIT, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    boolean isOver() {
        return limited && nanos - System.nanoTime() <= 0;
    }

    /**
     * What is left for the next step, or {@link ConnectionSettings#NO_LIMIT}.
     *
     * @param atLeastMillis so that it may be made also when others have taken all the time
     */
    long leftMillis(long atLeastMillis) {
        return limited
                ? Math.max(atLeastMillis, TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime()))
                : ConnectionSettings.NO_LIMIT;
    }
}
