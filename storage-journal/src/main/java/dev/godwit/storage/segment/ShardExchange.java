package dev.godwit.storage.segment;

import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What a shard's owner and the writer thread share, besides the queue: the requests that are not under way any more, to be
 * used again, and whether the owner is about to append more. Requests come back by the magazine, when the last of it is
 * done with, which is the last that was used: when each came by itself, the two threads waited for one another's memory
 * more than they worked. What is beyond the bound is left to the collector.
 */
final class ShardExchange {
    private static final int MAGAZINES_MAX = 16;

    private final SpscArrayQueue<Append[]> magazines = new SpscArrayQueue<>(MAGAZINES_MAX);

    /** Written by the shard's owner. */
    private volatile boolean turnUnderWay;

    // The shard's owner, one thread at a time.

    /** Null when all are under way. */
    Append @Nullable [] takeMagazine() {
        return magazines.poll();
    }

    void turnIsUnderWay(boolean is) {
        turnUnderWay = is;
    }

    // The writer thread.

    void giveBack(Append[] magazine) {
        magazines.offer(magazine);
    }

    boolean isTurnUnderWay() {
        return turnUnderWay;
    }
}
