package dev.godwit.storage.segment;

import org.jctools.queues.SpscArrayQueue;

/**
 * The requests of one shard that are not under way, to be used again: an append allocates nothing. The shard's owner
 * takes, one thread at a time; the writer thread gives back. What is given back beyond the bound is left to the collector.
 */
final class AppendPool {
    private static final int KEPT_MAX = 2048;

    private final ShardTail tail;
    private final SpscArrayQueue<Append> idle = new SpscArrayQueue<>(KEPT_MAX);

    AppendPool(ShardTail tail) {
        this.tail = tail;
    }

    Append take() {
        Append append = idle.poll();
        return append == null ? new Append(tail) : append;
    }

    void giveBack(Append append) {
        append.clear();
        idle.offer(append);
    }
}
