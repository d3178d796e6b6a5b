package dev.godwit.jms.session;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When something must be over that has several steps, each of which may wait. Immutable.
 *
 * @param limited false for no limit
 * @param nanos on the clock
 * @param nanoTime the clock, as {@link System#nanoTime} is one
 */
record Deadline(boolean limited, long nanos, LongSupplier nanoTime) {
    /** @param millis from now on, or {@link ConnectionSettings#NO_LIMIT} */
    static Deadline in(long millis) {
        return in(millis, System::nanoTime);
    }

    /** The same by another clock. */
    static Deadline in(long millis, LongSupplier nanoTime) {
        return new Deadline(
                millis != ConnectionSettings.NO_LIMIT,
                nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis),
                nanoTime);
    }

    boolean isOver() {
        return limited && nanos - nanoTime.getAsLong() <= 0;
    }

    /**
     * What is left for the next step, or {@link ConnectionSettings#NO_LIMIT}.
     *
     * @param atLeastMillis so that it may be made also when others have taken all the time
     */
    long leftMillis(long atLeastMillis) {
        return limited
                ? Math.max(atLeastMillis, TimeUnit.NANOSECONDS.toMillis(nanos - nanoTime.getAsLong()))
                : ConnectionSettings.NO_LIMIT;
    }
}
