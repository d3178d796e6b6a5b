package dev.godwit.storage.segment;

import org.jspecify.annotations.Nullable;

/**
 * How far one shard has been written. Owned by the writer thread; before the shard is opened, by the thread that opens
 * the journal. Only {@link #exchange} is shared with the shard's owner.
 */
public final class ShardTail {
    /** Told, on the writer thread, how far the shard is on stable storage. */
    public interface Synced {
        void onSynced(long index);
    }

    private final int shard;
    private final ShardExchange exchange = new ShardExchange();
    private long lastIndex;
    private long epoch;
    private boolean touched;

    private @Nullable Synced synced;
    private Append[] done = new Append[ShardExchange.MAGAZINE_APPENDS];
    private int doneCount;

    ShardTail(int shard) {
        this.shard = shard;
    }

    public int shard() {
        return shard;
    }

    public long lastIndex() {
        return lastIndex;
    }

    public long epoch() {
        return epoch;
    }

    ShardExchange exchange() {
        return exchange;
    }

    /** The request is done with. */
    void giveBack(Append append) {
        append.clear();
        done[doneCount++] = append;
        if (doneCount == done.length) {
            done = exchange.giveFull(done);
            doneCount = 0;
        }
    }

    void reached(long index, long epochOfIndex) {
        lastIndex = Math.max(lastIndex, index);
        epoch = Math.max(epoch, epochOfIndex);
    }

    void tells(Synced listener) {
        synced = listener;
    }

    /** True for the first call since {@link #tell}. */
    boolean touch() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    void tell() {
        touched = false;
        if (synced != null) {
            synced.onSynced(lastIndex);
        }
    }
}
