package dev.godwit.storage.replica;

import java.util.ArrayDeque;

/**
 * The writes of a copy that are not on stable storage yet. Promises and the log go to different files: a write counts when all
 * before it, of both, are there. Owned by the copy's owner.
 */
final class WritesUnderWay {
    private final ArrayDeque<Long> promises = new ArrayDeque<>();
    private final ArrayDeque<Long> logWrites = new ArrayDeque<>();
    private long lastSequence;

    void onPromise(long sequence) {
        promises.addLast(sequence);
        lastSequence = sequence;
    }

    void onLogWrite(long sequence) {
        logWrites.addLast(sequence);
        lastSequence = sequence;
    }

    /** Promises up to {@code sequence} are kept. */
    void onPromisesKept(long sequence) {
        removeUpTo(promises, sequence);
    }

    /** What was written to the log up to {@code sequence} is synced. */
    void onLogSynced(long sequence) {
        removeUpTo(logWrites, sequence);
    }

    private static void removeUpTo(ArrayDeque<Long> sequences, long sequence) {
        while (!sequences.isEmpty() && sequences.peekFirst() <= sequence) {
            sequences.removeFirst();
        }
    }

    /** All writes up to this are on stable storage. */
    long durableSequence() {
        return Math.min(before(promises), before(logWrites));
    }

    private long before(ArrayDeque<Long> sequences) {
        Long first = sequences.peekFirst();
        return first == null ? lastSequence : first - 1;
    }
}
