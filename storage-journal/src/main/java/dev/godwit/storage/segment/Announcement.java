package dev.godwit.storage.segment;

import java.util.ArrayList;

/**
 * What there is to say once the batch that is being laid out is on stable storage, and to which shards. Owned by the writer
 * thread.
 */
final class Announcement {
    private final AppendQueue queue;
    private final WriterCounters counters;
    private final ArrayList<ShardTail> tails = new ArrayList<>();
    private long bytes;
    private long records;

    Announcement(AppendQueue queue, WriterCounters counters) {
        this.queue = queue;
        this.counters = counters;
    }

    /** It is complete in the batch. */
    void count(Append append) {
        bytes += append.bytes();
        records++;
    }

    /** Its shard is to be told. */
    void tell(Append append) {
        ShardTail tail = append.tail();
        tail.passed(append.ticket());
        if (tail.touch()) {
            tails.add(tail);
        }
    }

    /** More is about to come from one of the shards. */
    boolean isTurnUnderWay() {
        for (int i = 0; i < tails.size(); i++) {
            if (tails.get(i).exchange().isTurnUnderWay()) {
                return true;
            }
        }
        return false;
    }

    /** The batch is on stable storage. */
    void make(int batchBytes) {
        queue.written(bytes);
        counters.onBatch(batchBytes, records);
        bytes = 0;
        records = 0;
        for (int i = 0; i < tails.size(); i++) {
            tails.get(i).tell();
        }
        tails.clear();
    }
}
