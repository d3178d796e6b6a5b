package dev.godwit.storage.segment;

/**
 * How long the writer watches for work before it has the system put it to sleep. To be woken takes longer than many a wait
 * lasts, for both sides; to watch takes a processor. So it watches only while its last waits were all short ones. Each
 * time that it watched in vain, it takes twice as many short waits to convince it again. Owned by the writer thread.
 */
final class Watch {
    private static final long WATCHED_NANOS_MAX = 50_000;
    /** To be put to sleep and woken takes a part of this. */
    private static final long SLEPT_NANOS_MAX = 90_000;

    private static final int SHORT_WAITS_MIN = 4;
    private static final int SHORT_WAITS_MAX = 256;

    private final boolean possible;
    private int shortWaits;
    private int shortWaitsNeeded = SHORT_WAITS_MIN;

    private Watch(boolean possible) {
        this.possible = possible;
    }

    /** For a machine with so many processors. With one, whoever would bring work cannot run meanwhile. */
    static Watch with(int processors) {
        return new Watch(processors > 1);
    }

    /** 0 for not at all. */
    long nanos() {
        return possible && shortWaits >= shortWaitsNeeded ? WATCHED_NANOS_MAX : 0;
    }

    /** The last wait took so long, however it was spent. */
    void waited(long nanos) {
        if (nanos() > 0) {
            if (nanos <= WATCHED_NANOS_MAX) {
                shortWaitsNeeded = Math.max(SHORT_WAITS_MIN, shortWaitsNeeded - 1);
            } else {
                shortWaits = 0;
                shortWaitsNeeded = Math.min(SHORT_WAITS_MAX, 2 * shortWaitsNeeded);
            }
        } else {
            shortWaits = nanos <= SLEPT_NANOS_MAX ? Math.min(SHORT_WAITS_MAX, shortWaits + 1) : 0;
        }
    }
}
