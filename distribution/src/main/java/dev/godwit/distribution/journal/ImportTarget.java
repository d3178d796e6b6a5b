package dev.godwit.distribution.journal;

import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.catalog.QueueDefinitionCodec;
import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A stopped broker's journal, opened to be added to. The thread that opens it owns it, and is the loop of all its
 * shards: what the journal has to tell waits until that thread asks.
 */
final class ImportTarget implements AutoCloseable {
    private static final int SHARD_OF_METADATA = 0;
    private static final int EPOCH_SHIFT = 32;
    private static final long STALL_SECONDS_MAX = 60;

    private final Journal journal;
    private final JournalDefinitions definitions = new JournalDefinitions();
    private final Map<Integer, ShardLog> logs = new HashMap<>();
    private final Map<Integer, Progress> progress = new HashMap<>();
    private final LinkedBlockingQueue<Runnable> told;
    private long lastQueueId;
    private long newQueues;

    private static final class Progress implements CommitListener {
        private long committed;
        private boolean lost;

        @Override
        public void onCommitted(long index) {
            committed = index;
        }

        @Override
        public void onJournalLost() {
            lost = true;
        }
    }

    private ImportTarget(Journal journal, LinkedBlockingQueue<Runnable> told) {
        this.journal = journal;
        this.told = told;
    }

    static ImportTarget open(JournalConfiguration configuration) throws JournalOpenException {
        var told = new LinkedBlockingQueue<Runnable>();
        var target = new ImportTarget(Journal.open(configuration, failure -> {}), told);
        target.journal.recover(shard -> shard == SHARD_OF_METADATA ? target.definitions : NoRecovery.INSTANCE);
        target.lastQueueId = target.log(SHARD_OF_METADATA).epoch() << EPOCH_SHIFT;
        return target;
    }

    long newQueues() {
        return newQueues;
    }

    /** The queue of that name, made when there is none. */
    QueueDefinition queue(String name, long createdAtMillis, String creator, Map<String, String> settings)
            throws IOException {
        QueueDefinition known = definitions.find(name);
        if (known != null) {
            return known;
        }
        int shard = QueueShards.shardOf(name, QueueShards.COUNT);
        var definition = new QueueDefinition(++lastQueueId, name, shard, createdAtMillis, creator, settings);
        append(
                SHARD_OF_METADATA,
                new JournalRecord.DefinitionStored(Catalog.QUEUE_KIND, name, QueueDefinitionCodec.encode(definition)));
        definitions.add(definition);
        newQueues++;
        return definition;
    }

    /** Appends, and waits while the journal is full; returns the record's index. */
    long append(int shard, JournalRecord record) throws IOException {
        ShardLog log = log(shard);
        while (true) {
            try {
                return log.append(record);
            } catch (JournalFullException full) {
                await();
            }
        }
    }

    /** Returns when all that was appended is on stable storage. */
    void awaitCommitted() throws IOException {
        for (Map.Entry<Integer, ShardLog> each : logs.entrySet()) {
            while (progressOf(each.getKey()).committed < each.getValue().lastIndex()) {
                await();
            }
        }
    }

    private ShardLog log(int shard) {
        ShardLog known = logs.get(shard);
        if (known == null) {
            known = journal.shardLog(shard, told::add, progressOf(shard));
            logs.put(shard, known);
        }
        return known;
    }

    private Progress progressOf(int shard) {
        return progress.computeIfAbsent(shard, number -> new Progress());
    }

    /** Listens to what the journal has to tell, once. */
    private void await() throws IOException {
        try {
            Runnable next = told.poll(STALL_SECONDS_MAX, TimeUnit.SECONDS);
            if (next == null) {
                throw new IOException("the disk did not take anything for " + STALL_SECONDS_MAX + " s");
            }
            next.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        for (Progress each : progress.values()) {
            if (each.lost) {
                throw new IOException("the disk failed");
            }
        }
    }

    @Override
    public void close() {
        journal.close();
    }
}
