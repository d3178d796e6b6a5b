package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;

/**
 * Where a shard's owner hands over what is to be written. Owned by that owner, one thread at a time: the order of the
 * calls is the order in the log. Nothing that the writer thread writes to lies near what is read here for each record.
 */
public final class ShardIntake {
    private final ShardTail tail;
    private final ShardExchange exchange;
    private final AppendQueue queue;

    private Append[] magazine = {};
    private int used;

    ShardIntake(ShardTail tail, AppendQueue queue) {
        this.tail = tail;
        this.exchange = tail.exchange();
        this.queue = queue;
    }

    /**
     * Hands over a record.
     *
     * @return true when the writer sleeps, and {@link SegmentedLog#wake} must follow
     */
    public boolean append(long index, long epoch, JournalRecord record, long bytes, boolean lazy) {
        return queue.offer(request().fill(index, epoch, record, bytes, lazy));
    }

    /** Like {@link #append}: the record is not needed at the next start. */
    public boolean release(long index) {
        return queue.offer(request().fill(index, 0, null, 0, true));
    }

    /** Much is appended in one turn: what follows belongs into the same batch. Until {@link #endTurn}. */
    public void beginTurn() {
        exchange.turnIsUnderWay(true);
    }

    public void endTurn() {
        exchange.turnIsUnderWay(false);
    }

    /** One that is free. */
    Append request() {
        if (used == magazine.length) {
            Append[] free = exchange.takeMagazine();
            magazine = free == null ? Append.magazine(tail) : free;
            used = 0;
        }
        return magazine[used++];
    }
}
