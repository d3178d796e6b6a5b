package dev.godwit.benchmarks.journal;

import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A journal that messages pass through as through a busy queue: appended by the turn, removed soon after their commit, but
 * for those that stay. Owned by the thread that made it.
 */
final class PassingTraffic implements AutoCloseable, Executor, CommitListener {
    private static final int APPENDED_IN_A_TURN = 64;
    private static final int UNDER_WAY_MAX = 4096;

    private final Bodies bodies = new Bodies();
    private final Journal journal;
    private final ShardLog log;
    private final Thread owner = Thread.currentThread();
    private final AtomicReference<Runnable> task = new AtomicReference<>();
    private final ArrayDeque<Long> stayed = new ArrayDeque<>();
    private final long[] leaving = new long[UNDER_WAY_MAX + APPENDED_IN_A_TURN];
    private int leavingCount;
    private long committed;

    PassingTraffic(Path directory) throws JournalOpenException {
        journal = Journal.open(JournalConfiguration.defaults(directory), failure -> System.exit(1));
        journal.recover(shard -> null);
        log = journal.shardLog(1, this, this);
        committed = log.lastIndex();
    }

    /** On the writer thread, and on the owner at the end of a turn: the shard has one task on its way at most. */
    @Override
    public void execute(Runnable command) {
        task.set(command);
        LockSupport.unpark(owner);
    }

    @Override
    public void onCommitted(long index) {
        committed = index;
    }

    @Override
    public void onJournalLost() {
        throw new IllegalStateException("the journal has failed");
    }

    /**
     * Passes so many messages through, and returns when that is safe.
     *
     * @param stays every how manieth message stays; 0 for none
     * @param stayedMax from so many on, the one that has stayed the longest goes for each new one
     */
    void pass(long messages, int stays, int stayedMax) {
        for (long passed = 0; passed < messages; ) {
            for (int i = 0; i < APPENDED_IN_A_TURN && passed < messages; i++) {
                long index = log.append(new MessageEnqueued(1, 1, bodies.next()));
                passed++;
                if (stays > 0 && passed % stays == 0) {
                    stayed.add(index);
                } else {
                    leaving[leavingCount++] = index;
                }
            }
            while (stayed.size() > stayedMax) {
                log.append(new MessagesRemoved(1, LongRanges.of(stayed.remove())));
            }
            turn();
            awaitCommit(log.lastIndex() - UNDER_WAY_MAX);
            removeCommitted();
        }
        awaitCommit(log.lastIndex());
        removeCommitted();
        awaitCommit(log.lastIndex());
    }

    int stayed() {
        return stayed.size();
    }

    JournalStatistics statistics() {
        return journal.statistics();
    }

    private void removeCommitted() {
        int count = 0;
        while (count < leavingCount && leaving[count] <= committed) {
            count++;
        }
        if (count > 0) {
            log.appendLazily(new MessagesRemoved(1, LongRanges.covering(leaving, count)));
            leavingCount -= count;
            System.arraycopy(leaving, count, leaving, 0, leavingCount);
        }
    }

    /** What an event loop does between its turns. */
    private void turn() {
        Runnable given = task.getAndSet(null);
        if (given != null) {
            given.run();
        }
    }

    private void awaitCommit(long index) {
        turn();
        while (committed < index) {
            LockSupport.park(this);
            turn();
        }
    }

    @Override
    public void close() {
        journal.close();
    }
}
