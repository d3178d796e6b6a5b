package dev.godwit.broker.runtime;

/** What time it is. Tests turn one by hand. */
public interface Clock {
    Clock SYSTEM = System::currentTimeMillis;

    /** Wall clock, milliseconds since the epoch. It may jump. */
    long nowMillis();

    /** For measuring how long something takes: never jumps, and means nothing by itself. Nanoseconds. */
    default long nanoTime() {
        return System.nanoTime();
    }
}
