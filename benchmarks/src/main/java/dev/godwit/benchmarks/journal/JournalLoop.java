package dev.godwit.benchmarks.journal;

import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
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
 * A journal with one shard, and a loop that hands it so many messages at a time, and sleeps until they are committed. Each
 * thousand that is safe is removed. Owned by the thread that made it, which is the shard's owner, too.
 */
final class JournalLoop implements AutoCloseable, Executor, CommitListener {
    /** When the next messages are handed over. */
    enum Pace {
        /** Once the last ones are committed: each batch waits for the loop, and the loop for each batch. */
        AFTER,
        /**
         * While the last ones are being synced, as messages of many producers come: a batch is what came during the sync of the
         * one before.
         */
        MEANWHILE
    }

    private static final int REMOVED_AT_ONCE = 1000;

    /** How long the journal takes to begin the sync of what waits for it, and a little more. */
    private static final long BEGIN_NANOS = 20_000;

    private static final long BEGIN_NANOS_PER_RECORD = 250;

    /** How long it takes in addition when it slept. */
    private static final long WAKE_NANOS = 50_000;

    private final Path directory;
    private final Bodies bodies;
    private final int records;
    private final Journal journal;
    private final ShardLog log;
    private final Thread owner = Thread.currentThread();
    private final AtomicReference<Runnable> task = new AtomicReference<>();

    private long appended;
    private long committed;
    private long lastMessage;
    private boolean wakes;
    private long removed;

    JournalLoop(Path parent, Bodies bodies, int records) throws IOException, JournalOpenException {
        this.bodies = bodies;
        this.records = records;
        directory = Files.createTempDirectory(parent, "journal-append");
        journal = Journal.open(JournalConfiguration.defaults(directory), failure -> System.exit(1));
        journal.recover(shard -> null);
        log = journal.shardLog(1, this, this);
        committed = log.lastIndex();
        lastMessage = committed;
        removed = committed;
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

    /** In the pace {@link Pace#MEANWHILE} there are always two batches on their way: one is synced, and one waits for that. */
    Measured run(long nanos, Pace pace) {
        long batchesBefore = journal.statistics().batches();
        var stretch = new Measured.Stretch();
        appended = 0;
        if (pace == Pace.MEANWHILE) {
            append();
        }
        while (stretch.nanos() < nanos) {
            long before = lastMessage;
            remove();
            if (pace == Pace.MEANWHILE) {
                awaitBeginOfSync();
            }
            append();
            awaitCommit(pace == Pace.MEANWHILE ? before : lastMessage);
        }
        awaitCommit(lastMessage);
        return stretch.end(appended, journal.statistics().batches() - batchesBefore);
    }

    private void append() {
        poll();
        wakes = committed == lastMessage;
        for (int i = 0; i < records; i++) {
            lastMessage = log.append(new MessageEnqueued(1, 1, bodies.next()));
        }
        appended += records;
    }

    private void remove() {
        if (log.lastIndex() - removed > REMOVED_AT_ONCE && committed > removed) {
            log.appendLazily(new MessagesRemoved(1, LongRanges.between(removed + 1, committed)));
            removed = committed;
        }
    }

    /** What is handed over sooner would become part of the batch that is being laid out. */
    private void awaitBeginOfSync() {
        long sinceNanos = System.nanoTime();
        long nanos = BEGIN_NANOS + records * BEGIN_NANOS_PER_RECORD + (wakes ? WAKE_NANOS : 0);
        while (System.nanoTime() - sinceNanos < nanos) {
            poll();
            Thread.onSpinWait();
        }
    }

    private void awaitCommit(long index) {
        while (committed < index) {
            if (!poll()) {
                LockSupport.park(this);
            }
        }
    }

    /** Hears what the journal has to say. */
    private boolean poll() {
        Runnable passed = task.getAndSet(null);
        if (passed != null) {
            passed.run();
        }
        return passed != null;
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
