package dev.godwit.storage.journal;

import dev.godwit.storage.record.ShardRecovery;
import dev.godwit.storage.segment.Damage;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.SegmentedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's journal: one stream of files for all shards. Opened at start, replayed once, then written by its own
 * thread until it is closed. Owned by the composition root; {@link #statistics} and {@link #shardLog} may be called from
 * any thread.
 */
public final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final JournalConfiguration configuration;
    private final JournalFailureListener onFailure;
    private final JournalStore store;
    private final SegmentedLog log;
    private final ConcurrentHashMap<Integer, JournalShardLog> shardLogs = new ConcurrentHashMap<>();

    private boolean recovered;
    private boolean closed;
    private volatile boolean failed;

    private Journal(JournalStore store, JournalFailureListener onFailure) {
        this.configuration = store.configuration();
        this.onFailure = onFailure;
        this.store = store;
        log = store.log();
    }

    /**
     * Locks the directory, verifies every record in it, and finds the durable end. What follows that end was never
     * confirmed to anyone and will be overwritten.
     *
     * @throws JournalOpenException when the journal is in use, damaged, foreign or unusable; nothing was changed
     */
    public static Journal open(JournalConfiguration configuration, JournalFailureListener onFailure)
            throws JournalOpenException {
        return new Journal(JournalStore.open(configuration), onFailure);
    }

    /** For tests: on files of their own making, without a lock. */
    static Journal open(JournalConfiguration configuration, JournalFailureListener onFailure, FileLayer files)
            throws JournalOpenException {
        return new Journal(JournalStore.open(configuration, files), onFailure);
    }

    /**
     * Tells each shard what is alive in it, on the calling thread: shard 0 first. Must be called before the first
     * {@link #shardLog}, also for a new journal.
     *
     * <p>What is still needed and what is not, storage learns from the records: removals, newer definitions. There is
     * nothing to {@link ShardLog#release} afterwards, save what became needless for a reason no record of the same shard
     * names.
     *
     * @param recoveryOfShard null for a shard that the node does not know, which is an error
     * @throws IllegalStateException when the journal holds records of an unknown shard
     * @throws UncheckedIOException when the disk gives other bytes than it gave to {@link #open}
     */
    public RecoveryReport recover(IntFunction<@Nullable ShardRecovery> recoveryOfShard) {
        if (recovered) {
            throw new IllegalStateException("the journal was recovered already");
        }
        long begin = System.nanoTime();
        long facts;
        try {
            facts = log.recover(recoveryOfShard);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        recovered = true;
        var report = new RecoveryReport(
                facts,
                log.segmentsRecovered(),
                log.tornBatches(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        store.start(this::onFailed);
        LOG.info(
                "Journal {} holds {} facts in {} segments, recovered in {} ms, {} torn batches dropped",
                configuration.directory(),
                report.facts(),
                report.segments(),
                report.durationMillis(),
                report.tornBatches());
        return report;
    }

    /**
     * Opens a shard for appending, in a new epoch, whose beginning is the first record that {@code listener} hears of.
     *
     * @param owner where {@code listener} is called, and from where the log is used. It runs a task that it is given on its
     *     own thread when it is done with what it does: then what was appended meanwhile is written in one go
     * @throws IllegalStateException when the shard is open already, the journal was not recovered, or the shard's log is one
     *     of a majority
     */
    public ShardLog shardLog(int shard, Executor owner, CommitListener listener) {
        if (!recovered) {
            throw new IllegalStateException("the journal must be recovered before it is written");
        }
        if (log.tail(shard).isReplicated()) {
            throw new IllegalStateException("the commit of shard " + shard + " is a majority's, not this journal's");
        }
        var shardLog = new JournalShardLog(log, configuration, log.tail(shard), owner, listener);
        if (shardLogs.putIfAbsent(shard, shardLog) != null) {
            throw new IllegalStateException("shard " + shard + " is open already");
        }
        shardLog.begin();
        if (failed) {
            shardLog.onLost();
        }
        return shardLog;
    }

    /** Given to the journal when it was made; an emptied directory is another journal. */
    public UUID id() {
        return log.journalId();
    }

    /** True while more bytes wait for the disk than the soft limit, or it is full. Any thread may ask. */
    public boolean isCongested() {
        return store.isCongested();
    }

    /** Cheap enough for any thread at any time. */
    public JournalStatistics statistics() {
        return store.statistics();
    }

    private void onFailed(IOException failure) {
        failed = true;
        LOG.error("Journal {} has failed; nothing is written any more", configuration.directory(), failure);
        shardLogs.values().forEach(JournalShardLog::onLost);
        onFailure.onJournalFailed(failure);
    }

    /** What was found not to be as it was written when the journal was opened: accepted by now, or harmless. */
    public List<Damage> damages() {
        return log.damages();
    }

    /** Makes durable what was appended, then ends. Nothing may be appended any more. Called from outside the shards. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        shardLogs.values().forEach(JournalShardLog::onClosed);
        store.close();
    }
}
