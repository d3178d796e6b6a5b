package dev.godwit.storage.segment;

import org.jspecify.annotations.Nullable;

/**
 * How far one shard has been written. Owned by the writer thread; before the shard is opened, by the thread that opens
 * the journal. Only {@link #exchange} is shared with the shard's owner.
 */
public final class ShardTail {
    /** Told, on the writer thread, how far the shard is on stable storage. */
    public interface Synced {
        /** Up to this index; of a shard whose commit is a majority's, up to this ticket ({@link EntryIntake}). */
        void onSynced(long index);
    }

    private final int shard;
    private final ShardExchange exchange = new ShardExchange();
    private long lastIndex;
    private long epoch;
    private boolean touched;
    private long ticket;
    private @Nullable EntryLog entries;

    /** Written by the writer, read by the shard's owner. */
    private volatile long oldIndex;

    private @Nullable Synced synced;

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
        Append[] magazine = append.magazineEnded();
        if (magazine != null) {
            exchange.giveBack(magazine);
        }
    }

    void reached(long index, long epochOfIndex) {
        lastIndex = Math.max(lastIndex, index);
        epoch = Math.max(epoch, epochOfIndex);
    }

    /** The end of the log was dropped. */
    void truncated(long newLastIndex, long newEpoch) {
        lastIndex = newLastIndex;
        epoch = newEpoch;
    }

    /** Whether the commit of the shard is a majority's. */
    public boolean isReplicated() {
        return entries != null;
    }

    /** Null unless the shard's commit is a majority's. */
    @Nullable
    EntryLog entries() {
        return entries;
    }

    EntryLog entriesThere() {
        EntryLog known = entries;
        if (known == null) {
            throw new IllegalStateException("the commit of shard " + shard + " is not a majority's");
        }
        return known;
    }

    /** From now on the commit of the shard is a majority's. */
    void replicate(EntryLog log) {
        entries = log;
    }

    /** Tickets begin anew: what was told of before is not told to who begins now. */
    void ticketsBegin() {
        ticket = 0;
    }

    /** What was asked for with this ticket is in a batch. */
    void passed(long newTicket) {
        ticket = Math.max(ticket, newTicket);
    }

    /**
     * Any thread. Of a shard whose commit is a majority's: the entries up to this one lie before the end of the journal that is
     * kept for followers, so that they can be let go where nobody is about to be given them.
     */
    public long oldIndex() {
        return oldIndex;
    }

    /** The entries up to that one are old. */
    void growsOld(long index) {
        oldIndex = index;
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
            synced.onSynced(entries == null ? lastIndex : ticket);
        }
    }
}
