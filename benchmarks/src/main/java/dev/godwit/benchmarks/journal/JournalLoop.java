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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A journal with one shard, and a loop that hands it so many messages, sleeps until they are committed, and hands it the
 * next. Each thousand that is safe is removed. Owned by the thread that made it, which is the shard's owner, too.
 */
final class JournalLoop implements AutoCloseable, Executor, CommitListener {
    private static final int REMOVED_AT_ONCE = 1000;

    private final Path directory;
    private final Bodies bodies;
    private final int records;
    private final Journal journal;
    private final ShardLog log;
    private final Thread owner = Thread.currentThread();
    private final AtomicReference<Runnable> task = new AtomicReference<>();
    private long committed;
    private long removed;

    JournalLoop(Path parent, Bodies bodies, int records) throws IOException, JournalOpenException {
        this.bodies = bodies;
        this.records = records;
        directory = Files.createTempDirectory(parent, "journal-append");
        journal = Journal.open(JournalConfiguration.defaults(directory), failure -> System.exit(1));
        journal.recover(shard -> null);
        log = journal.shardLog(1, this, this);
        removed = log.lastIndex();
    }

    /** On the writer thread: the shard has one task on its way at most. */
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

    Measured run(long nanos) {
        JournalStatistics before = journal.statistics();
        var stretch = new Measured.Stretch();
        long appended = 0;
        while (stretch.nanos() < nanos) {
            if (log.lastIndex() - removed > REMOVED_AT_ONCE && committed > removed) {
                log.appendLazily(new MessagesRemoved(1, LongRanges.between(removed + 1, committed)));
                removed = committed;
            }
            long last = 0;
            for (int i = 0; i < records; i++) {
                last = log.append(new MessageEnqueued(1, 1, bodies.next()));
            }
            awaitCommit(last);
            appended += records;
        }
        return stretch.end(appended, journal.statistics().batches() - before.batches());
    }

    private void awaitCommit(long index) {
        while (committed < index) {
            Runnable passed = task.getAndSet(null);
            if (passed != null) {
                passed.run();
            } else {
                LockSupport.park(this);
            }
        }
    }

    @Override
    public void close() throws IOException {
        journal.close();
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
