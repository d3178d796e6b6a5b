package dev.godwit.storage.replica;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of all shards that this node leads wait for a majority. Any thread. */
final class OpenBytes {
    private final AtomicLong bytes = new AtomicLong();

    /** Counts the bytes, unless they would exceed {@code max}. One entry always fits when nothing waits. */
    boolean reserve(long more, long max) {
        long before = bytes.getAndAdd(more);
        if (before > 0 && before + more > max) {
            bytes.getAndAdd(-more);
            return false;
        }
        return true;
    }

    void release(long fewer) {
        bytes.getAndAdd(-fewer);
    }

    long bytes() {
        return bytes.get();
    }
}
