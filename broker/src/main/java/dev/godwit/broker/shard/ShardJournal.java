package dev.godwit.broker.shard;

import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;

/** A shard's log together with what waits for its commits. Owned by the shard's loop. */
public final class ShardJournal implements QueueLog, CommitListener {
    private final EventLoop owner;
    private final ShardLog log;
    private final ParkedRing parked = new ParkedRing();

    /** Opens the shard's log for appending, in a new epoch. */
    public ShardJournal(int shard, Journal journal, EventLoop owner) {
        this.owner = owner;
        this.log = journal.shardLog(shard, owner, this);
    }

    /** The epoch in which this broker leads the shard. */
    public long epoch() {
        return log.epoch();
    }

    @Override
    public int shard() {
        return log.shard();
    }

    @Override
    public long append(JournalRecord record, Parked waiter) {
        owner.assertCurrent();
        long index = log.append(record);
        parked.add(index, waiter);
        return index;
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        owner.assertCurrent();
        long index = log.appendLazily(record);
        parked.add(index, waiter);
        return index;
    }

    @Override
    public boolean mayShareBodies() {
        return log.mayShareBodies();
    }

    @Override
    public long appendBody(JournalRecord.BodyStored body) {
        owner.assertCurrent();
        return log.append(body);
    }

    @Override
    public void releaseBody(long index) {
        owner.assertCurrent();
        log.release(index);
    }

    @Override
    public void read(long[] indices, int count, ReadListener listener) {
        owner.assertCurrent();
        log.read(indices, count, listener);
    }

    /** Records that are needed no more for a reason that no record of the shard names; the others storage sees itself. */
    public void release(LongRanges indices) {
        for (int range = 0; range < indices.count(); range++) {
            for (long index = indices.first(range); index <= indices.last(range); index++) {
                log.release(index);
            }
        }
    }

    @Override
    public void onCommitted(long index) {
        owner.assertCurrent();
        for (var waiter = parked.poll(index); waiter != null; waiter = parked.poll(index)) {
            waiter.onCommitted();
        }
    }

    @Override
    public void onJournalLost() {
        owner.assertCurrent();
        for (var waiter = parked.poll(Long.MAX_VALUE); waiter != null; waiter = parked.poll(Long.MAX_VALUE)) {
            waiter.onLost();
        }
    }
}
