package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.SegmentedLog;
import dev.godwit.storage.segment.ShardIntake;
import dev.godwit.storage.segment.ShardTail;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's end of the journal. Owned by the shard's event loop; the writer thread leaves in {@link #committed} how
 * far the shard is safe, and has the loop call at most once for all batches since its last call. The same call, at the
 * end of the loop's turn, wakes the writer when it slept while something was appended.
 */
final class JournalShardLog implements ShardLog, ShardTail.Synced, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalShardLog.class);

    /** From so many bytes on the writer begins before the end of the turn, and knows that there is more to come. */
    private static final long TURN_BYTES = 32 * 1024;

    private final SegmentedLog log;
    private final JournalConfiguration configuration;
    private final ShardTail tail;
    private final ShardIntake intake;
    private final long epoch;
    private final Executor owner;
    private final CommitListener listener;
    private final Admission admission;
    private final ShardReads reads;
    private final AtomicBoolean called = new AtomicBoolean();

    private volatile long committed;
    private volatile boolean lost;
    private volatile boolean closed;

    private long lastIndex;
    private long lastTold;
    private boolean toldLost;
    private boolean writerSleeps;
    private boolean turnTold;

    JournalShardLog(
            SegmentedLog log,
            JournalConfiguration configuration,
            ShardTail tail,
            Executor owner,
            CommitListener listener) {
        this.log = log;
        this.configuration = configuration;
        this.tail = tail;
        intake = log.intake(tail);
        this.owner = owner;
        this.listener = listener;
        admission = new Admission(log, configuration);
        reads = new ShardReads(log, tail.shard(), this::tellOwner);
        epoch = tail.epoch() + 1;
        lastIndex = tail.lastIndex();
        lastTold = lastIndex;
        committed = lastIndex;
    }

    /** Before anyone else knows of this: begins the epoch. */
    void begin() {
        log.listen(tail, this);
        appendLazily(new JournalRecord.EpochBegun());
    }

    @Override
    public int shard() {
        return tail.shard();
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long append(JournalRecord record) {
        return append(record, false);
    }

    @Override
    public long appendLazily(JournalRecord record) {
        return append(record, true);
    }

    private long append(JournalRecord record, boolean lazy) {
        if (toldLost || closed) {
            throw new IllegalStateException("the journal of shard " + shard() + (closed ? " is closed" : " is lost"));
        }
        long bytes = admission.bytesOf(record);
        admission.reserve(record, bytes, lazy);
        lastIndex++;
        if (!turnTold && log.pendingBytes() >= TURN_BYTES) {
            turnTold = true;
            intake.beginTurn();
            callOwner();
        }
        if (intake.append(lastIndex, epoch, record, bytes, lazy)) {
            wakeWriterSoon();
        }
        return lastIndex;
    }

    @Override
    public void release(long index) {
        if (intake.release(index)) {
            wakeWriterSoon();
        }
    }

    private void wakeWriterSoon() {
        if (turnTold) {
            log.wake();
        } else if (!writerSleeps) {
            writerSleeps = true;
            callOwner();
        }
    }

    @Override
    public void read(long[] indices, int count, ReadListener reader) {
        reads.read(indices, count, reader);
    }

    @Override
    public void readHistory(
            long queueId, long fromTimeMillis, long afterIndex, int recordsMax, HistoryListener reader) {
        reads.readHistory(queueId, fromTimeMillis, afterIndex, recordsMax, reader);
    }

    @Override
    public boolean mayShareBodies() {
        return configuration.retentionMillis() == 0 && configuration.retentionBytes() == 0;
    }

    @Override
    public long lastIndex() {
        return lastIndex;
    }

    @Override
    public boolean isCongested() {
        return JournalStore.isCongested(log, configuration);
    }

    /** Writer thread. */
    @Override
    public void onSynced(long index) {
        committed = index;
        callOwner();
    }

    /** Any thread: nothing is written any more. */
    void onLost() {
        lost = true;
        callOwner();
    }

    /** Any thread: nothing may be appended any more. */
    void onClosed() {
        closed = true;
    }

    private void callOwner() {
        if (!called.getAndSet(true)) {
            tellOwner(this);
        }
    }

    private void tellOwner(Runnable task) {
        try {
            owner.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("Shard {} has ended before its journal", shard(), e);
        }
    }

    /** On the owner: wakes the writer if it slept, and passes on what it has left since the last time. */
    @Override
    public void run() {
        called.getAndSet(false);
        if (turnTold) {
            turnTold = false;
            intake.endTurn();
        }
        if (writerSleeps) {
            writerSleeps = false;
            log.wake();
        }
        boolean lostNow = lost;
        long committedNow = committed;
        if (toldLost) {
            return;
        }
        if (committedNow > lastTold) {
            lastTold = committedNow;
            listener.onCommitted(committedNow);
        }
        if (lostNow) {
            toldLost = true;
            listener.onJournalLost();
        }
    }
}
