package dev.godwit.storage.journal;

import static org.awaitility.Awaitility.await;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.MemoryFileLayer;
import dev.godwit.storage.segment.RecordedReplay;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** A journal on a disk in memory, with listeners that remember. */
final class TestJournal implements AutoCloseable {
    static final int SEGMENT_BYTES = 64 * 1024;

    /** What one shard was told. */
    static final class Told implements CommitListener {
        final List<Long> commits = new CopyOnWriteArrayList<>();
        volatile long committed;
        volatile boolean lost;

        @Override
        public void onCommitted(long index) {
            committed = index;
            commits.add(index);
        }

        @Override
        public void onJournalLost() {
            lost = true;
        }
    }

    final Map<Integer, RecordedReplay> replays = new TreeMap<>();
    final List<IOException> failures = new CopyOnWriteArrayList<>();
    final Journal journal;
    final RecoveryReport report;
    private final Map<Integer, Told> told = new TreeMap<>();
    private final Map<Integer, ShardLog> logs = new TreeMap<>();

    TestJournal(MemoryFileLayer files) throws JournalOpenException {
        this(files, configuration());
    }

    TestJournal(MemoryFileLayer files, JournalConfiguration configuration) throws JournalOpenException {
        journal = Journal.open(configuration, failures::add, files);
        report = journal.recover(shard -> replays.computeIfAbsent(shard, number -> new RecordedReplay()));
    }

    static JournalConfiguration configuration() {
        return JournalConfiguration.defaults(Path.of("in-memory")).withSegmentBytes(SEGMENT_BYTES);
    }

    ShardLog log(int shard) {
        return logs.computeIfAbsent(shard, number -> {
            var listener = new Told();
            told.put(number, listener);
            return journal.shardLog(number, Runnable::run, listener);
        });
    }

    Told told(int shard) {
        log(shard);
        return Objects.requireNonNull(told.get(shard));
    }

    RecordedReplay replay(int shard) {
        return replays.computeIfAbsent(shard, number -> new RecordedReplay());
    }

    /** All messages of the shard, read through its log. */
    Map<Long, JournalRecord> readBack(int shard) {
        long[] indices = replay(shard).toBeRead();
        var ended = new AtomicBoolean();
        log(shard).read(indices, indices.length, new ReadListener() {
            @Override
            public void onMessage(long index, JournalRecord.MessageEnqueued record) {
                replay(shard).onRead(index, record);
            }

            @Override
            public void onPart(long index, JournalRecord.MessagePart record) {
                replay(shard).onRead(index, record);
            }

            @Override
            public void onUnreadable(long index, String problem) {
                throw new AssertionError(index + ": " + problem);
            }

            @Override
            public void onEnd() {
                ended.set(true);
            }
        });
        await().until(ended::get);
        return replay(shard).records();
    }

    void awaitCommitted(int shard, long index) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(20))
                .until(() -> told(shard).committed >= index);
    }

    /** Appends and waits until it is safe. */
    long store(int shard, JournalRecord record) {
        long index = log(shard).append(record);
        awaitCommitted(shard, index);
        return index;
    }

    @Override
    public void close() {
        journal.close();
    }
}
