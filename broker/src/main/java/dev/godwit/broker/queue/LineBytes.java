package dev.godwit.broker.queue;

/**
 * How much of a queue's messages is in memory although it is in the journal, too, over all its lanes: together they may
 * hold what one alone may. Owned by the queue's loop; lives as long as the queue.
 */
final class LineBytes {
    private long bytes;
    private int lanes;

    void divideAmong(int newLanes) {
        lanes = newLanes;
    }

    /** Among how many what the queue may hold is divided; at least 1. */
    int lanes() {
        return Math.max(1, lanes);
    }

    void add(long addedBytes) {
        bytes += addedBytes;
    }

    long bytes() {
        return bytes;
    }
}
