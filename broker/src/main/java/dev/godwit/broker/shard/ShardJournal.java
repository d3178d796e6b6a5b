package dev.godwit.broker.shard;

import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;

/** A shard's log together with what waits for its commits. Owned by the shard's loop. */
public final class ShardJournal implements QueueLog, LeaderListener {
    private final EventLoop owner;
    private final ShardLog log;
    private final DeliveryRight right;
    private final ParkedRing parked = new ParkedRing();

    /** Once this node does not lead the shard any more: what is done here has no effect, and nobody hears of it. */
    private boolean deposed;

    private long lastIndexIfDeposed;

    /** Opens the shard's log for appending, in a new epoch. */
    public ShardJournal(int shard, ShardLogs logs, EventLoop owner) {
        this.owner = owner;
        this.right = logs.deliveryRight(shard);
        this.log = logs.open(shard, owner, this);
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
        if (deposed) {
            return ++lastIndexIfDeposed;
        }
        long index = log.append(record);
        parked.add(index, waiter);
        return index;
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        owner.assertCurrent();
        if (deposed) {
            return ++lastIndexIfDeposed;
        }
        long index = log.appendLazily(record);
        parked.add(index, waiter);
        return index;
    }

    @Override
    public boolean mayDeliver() {
        return !deposed && right.isHeld();
    }

    @Override
    public boolean mayShareBodies() {
        return log.mayShareBodies();
    }

    @Override
    public long appendBody(JournalRecord.BodyStored body) {
        owner.assertCurrent();
        return deposed ? ++lastIndexIfDeposed : log.append(body);
    }

    @Override
    public void releaseBody(long index) {
        owner.assertCurrent();
        if (!deposed) {
            log.release(index);
        }
    }

    @Override
    public void read(long[] indices, int count, ReadListener listener) {
        owner.assertCurrent();
        if (!deposed) {
            log.read(indices, count, listener);
        }
    }

    /** Records that are needed no more for a reason that no record of the shard names; the others storage sees itself. */
    public void release(LongRanges indices) {
        if (deposed) {
            return;
        }
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

    /** Who waits hears nothing: clients are cut off, and ask the node that leads now. */
    @Override
    public void onDeposed() {
        owner.assertCurrent();
        deposed = true;
        lastIndexIfDeposed = log.lastIndex();
    }
}
