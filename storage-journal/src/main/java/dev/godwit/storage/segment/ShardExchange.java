package dev.godwit.storage.segment;

import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What a shard's owner and the writer thread share, besides the queue: the requests that are not under way any more, to be
 * used again, and whether the owner is about to append more. Requests come back by the magazine: when each came by
 * itself, the two threads waited for one another's memory more than they worked. What is beyond the bound is left to the
 * collector.
 */
final class ShardExchange {
    static final int MAGAZINE_APPENDS = 128;
    private static final int MAGAZINES_MAX = 16;

    private final SpscArrayQueue<Append[]> full = new SpscArrayQueue<>(MAGAZINES_MAX);
    private final SpscArrayQueue<Append[]> empty = new SpscArrayQueue<>(MAGAZINES_MAX);

    /** Written by the shard's owner. */
    private volatile boolean turnUnderWay;

    // The shard's owner, one thread at a time.

    /** A full magazine for an empty one; null when there is none, and then the empty one is not taken. */
    Append @Nullable [] takeFull(Append[] emptied) {
        Append[] magazine = full.poll();
        if (magazine != null) {
            empty.offer(emptied);
        }
        return magazine;
    }

    void turnIsUnderWay(boolean is) {
        turnUnderWay = is;
    }

    // The writer thread.

    /** An empty magazine for a full one. */
    Append[] giveFull(Append[] filled) {
        if (!full.offer(filled)) {
            return filled;
        }
        Append[] magazine = empty.poll();
        return magazine == null ? new Append[MAGAZINE_APPENDS] : magazine;
    }

    boolean isTurnUnderWay() {
        return turnUnderWay;
    }
}
