package dev.godwit.storage.journal;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.DiskSpace;
import dev.godwit.storage.segment.RecordsRead;
import dev.godwit.storage.segment.SegmentedLog;
import dev.godwit.storage.segment.ShardIntake;
import dev.godwit.storage.segment.ShardTail;
import java.util.Arrays;
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
    private final RecordSize recordSize = new RecordSize();
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
        return append(record, configuration.pendingBytesMax(), false);
    }

    @Override
    public long appendLazily(JournalRecord record) {
        // A posted message waits for its transaction, not for a sync; but it makes no room, as what else is lazy does.
        boolean isPosted =
                record instanceof JournalRecord.MessagePosted || record instanceof JournalRecord.LargeMessagePosted;
        return append(record, isPosted ? configuration.pendingBytesMax() : configuration.pendingBytesMaxLazily(), true);
    }

    private long append(JournalRecord record, long pendingBytesMax, boolean lazy) {
        if (toldLost || closed) {
            throw new IllegalStateException("the journal of shard " + shard() + (closed ? " is closed" : " is lost"));
        }
        long bytes = recordSize.of(record);
        long bytesMax = isIntake(record) ? Math.min(pendingBytesMax, room(bytes)) : pendingBytesMax;
        if (log.space().isExhausted() && !(record instanceof JournalRecord.EpochBegun)) {
            throw new JournalFullException("the journal's disk is full, and its reserve is used up");
        }
        if (!log.reserve(bytes, bytesMax)) {
            throw new JournalFullException(log.pendingBytes(), bytesMax);
        }
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

    /** What takes room until something else is written. */
    private static boolean isIntake(JournalRecord record) {
        return record instanceof JournalRecord.MessageEnqueued
                || record instanceof JournalRecord.BodyStored
                || record instanceof JournalRecord.CopyEnqueued
                || record instanceof JournalRecord.MessagePart
                || record instanceof JournalRecord.LargeMessageEnqueued
                || record instanceof JournalRecord.MessagePosted
                || record instanceof JournalRecord.LargeMessagePosted
                || record instanceof JournalRecord.DefinitionStored;
    }

    /** How many bytes may be pending with a record of so many that takes room for good. */
    private long room(long bytes) {
        DiskSpace space = log.space();
        long roomBytes = space.intakeRoomBytes();
        if (space.isFull() || bytes > roomBytes) {
            throw new JournalFullException("the journal's disk is full: there is no room for " + bytes + " bytes more");
        }
        return roomBytes;
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
        log.read(shard(), Arrays.copyOf(indices, count), read -> tellOwner(() -> tell(read, reader)));
    }

    @Override
    public void readHistory(
            long queueId, long fromTimeMillis, long afterIndex, int recordsMax, HistoryListener reader) {
        log.readHistory(
                shard(),
                queueId,
                fromTimeMillis,
                afterIndex,
                recordsMax,
                read -> tellOwner(() -> {
                    for (int i = 0; i < read.count(); i++) {
                        reader.onRecord(read.index(i), read.record(i));
                    }
                    reader.onEnd(read.isComplete(), read.problem());
                }));
    }

    private static void tell(RecordsRead read, ReadListener reader) {
        for (int i = 0; i < read.count(); i++) {
            JournalRecord record = read.record(i);
            if (record instanceof JournalRecord.MessageEnqueued message) {
                reader.onMessage(read.index(i), message);
            } else if (record instanceof JournalRecord.MessagePart part) {
                reader.onPart(read.index(i), part);
            } else {
                reader.onUnreadable(read.index(i), record == null ? read.problem(i) : "it is no message but " + record);
            }
        }
        reader.onEnd();
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
        return Journal.isCongested(log, configuration);
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
