package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;

/**
 * How long a turn may look for messages before other work of the loop gets its turn. In time rather than in looks, since what
 * it bounds is what a processor does. Owned by the queue's loop.
 */
final class Effort {
    private static final long NANOS_MAX = 4_000_000;

    /** Looks between two looks at the clock. */
    private static final int LOOKS = 16;

    private final Clock clock;
    private long endNanos;
    private int looks;

    Effort(Clock clock) {
        this.clock = clock;
    }

    void begin() {
        endNanos = clock.nanoTime() + NANOS_MAX;
        looks = 0;
    }

    /** The same for what may take long by itself: true when the turn should end. */
    boolean isOver() {
        return clock.nanoTime() - endNanos >= 0;
    }

    /** To be asked before each look at a message; false when the turn should end. */
    boolean goOn() {
        return ++looks % LOOKS != 0 || clock.nanoTime() - endNanos < 0;
    }
}
