package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** A log without threads: batches are written when the test says so, and the run is the same every time. */
final class HandTurnedLog {
    static final int SEGMENT_BYTES = 64 * 1024;
    private static final int TURNS_MAX = 10_000;
    static final LogSettings SETTINGS = new LogSettings(SEGMENT_BYTES, 1, 2, 3, 0, 0, 0, 0);

    final MemoryFileLayer files;
    final SegmentedLog log;
    private final Map<Integer, RecordedReplay> replays = new TreeMap<>();
    private final Map<Integer, Shard> shards = new TreeMap<>();
    private final JournalWriter writer;
    private final Set<UUID> inDoubt;

    /** What {@link #read} could not read, and why. */
    final List<String> unreadable = new ArrayList<>();

    private final class Shard {
        final ShardTail tail;
        final ShardIntake intake;
        final long epoch;
        long lastIndex;
        long synced;

        Shard(int number) {
            tail = log.tail(number);
            epoch = tail.epoch() + 1;
            lastIndex = tail.lastIndex();
            synced = lastIndex;
            intake = log.intake(tail);
            log.listen(tail, index -> synced = index);
        }
    }

    HandTurnedLog(MemoryFileLayer files) throws IOException {
        this(files, SETTINGS);
    }

    HandTurnedLog(MemoryFileLayer files, LogSettings settings) throws IOException {
        this(files, settings, false, Set.of());
    }

    /** Opens it for somebody who leaves those transactions prepared. */
    static HandTurnedLog inDoubtOf(MemoryFileLayer files, UUID... transactions) throws IOException {
        return new HandTurnedLog(files, SETTINGS, false, Set.of(transactions));
    }

    /** Opens what may be damaged, and goes on without what is lost. */
    static HandTurnedLog acceptingLoss(MemoryFileLayer files) throws IOException {
        return new HandTurnedLog(files, SETTINGS, true, Set.of());
    }

    private HandTurnedLog(MemoryFileLayer files, LogSettings settings, boolean acceptLoss, Set<UUID> inDoubt)
            throws IOException {
        this.files = files;
        this.inDoubt = inDoubt;
        log = SegmentedLog.open(files, settings, DirectExecutor.threads(), acceptLoss);
        log.recover(this::replay);
        writer = log.attach();
        for (Map.Entry<Integer, RecordedReplay> each : replays.entrySet()) {
            read(each.getKey(), each.getValue().toBeRead()).forEach(each.getValue()::onRead);
        }
    }

    /** Reads records back; those that cannot be read are not among them. */
    Map<Long, JournalRecord> read(int shard, long... indices) throws IOException {
        var records = new TreeMap<Long, JournalRecord>();
        log.read(shard, indices, read -> {
            for (int i = 0; i < read.count(); i++) {
                JournalRecord record = read.record(i);
                if (record == null) {
                    unreadable.add(read.problem(i));
                } else {
                    records.put(read.index(i), record);
                }
            }
        });
        writer.lookUp();
        return records;
    }

    HistoryRead history(int shard, long queueId, long fromTimeMillis, long afterIndex, int recordsMax) {
        var found = new ArrayList<HistoryRead>();
        log.readHistory(shard, queueId, fromTimeMillis, afterIndex, recordsMax, found::add);
        writer.lookUp();
        return found.get(0);
    }

    RecordedReplay replay(int shard) {
        return replays.computeIfAbsent(shard, number -> new RecordedReplay(inDoubt));
    }

    Map<Integer, RecordedReplay> replays() {
        return replays;
    }

    private Shard shard(int number) {
        Shard known = shards.get(number);
        if (known == null) {
            known = new Shard(number);
            shards.put(number, known);
        }
        return known;
    }

    long append(int shardNumber, JournalRecord record) {
        Shard shard = shard(shardNumber);
        long bytes = new RecordSize().of(record);
        log.reserve(bytes, Long.MAX_VALUE);
        shard.intake.append(++shard.lastIndex, shard.epoch, record, bytes, false);
        return shard.lastIndex;
    }

    /** A shard whose commit is a majority's, and what of it is on stable storage. */
    final class Replicated {
        final ShardTail tail;
        final EntryIntake intake;

        /** The last ticket that was told. */
        long syncedTicket;

        Replicated(int shard) {
            tail = log.tail(shard);
            log.listen(tail, ticket -> syncedTicket = ticket);
            intake = log.entryIntake(tail);
        }

        void append(long index, long epoch, JournalRecord record, long ticket) {
            long bytes = new RecordSize().of(record);
            log.reserve(bytes, Long.MAX_VALUE);
            intake.append(index, epoch, record, bytes, ticket);
        }

        void truncate(long fromIndex, long epoch, long ticket) {
            log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
            intake.truncate(fromIndex, epoch, ticket);
        }

        /** A state begins to come from elsewhere. */
        void begin(long index, long epoch) {
            log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
            intake.beginState(index, epoch);
        }

        void stage(StateRecord each) {
            long bytes = new RecordSize().of(each.record());
            log.reserve(bytes, Long.MAX_VALUE);
            intake.stage(each.index(), each.epoch(), each.record(), bytes);
        }

        void install(long index, long epoch, long ticket) {
            log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
            intake.installState(index, epoch, ticket);
        }

        EntryLog entries() {
            return tail.entriesThere();
        }
    }

    /** Once for each shard. */
    Replicated replicated(int shard) {
        return new Replicated(shard);
    }

    /** How far the shard has come as the recovered files say, or what was appended since. */
    long lastIndex(int shard) {
        return shard(shard).lastIndex;
    }

    long synced(int shard) {
        return shard(shard).synced;
    }

    void release(int shard, long index) {
        shard(shard).intake.release(index);
    }

    /** Between batches: serves those who read. */
    void lookUp() {
        writer.lookUp();
    }

    /** Writes one batch, if there is anything to write. */
    boolean turn() throws IOException {
        return writer.turn(false);
    }

    void turnUntilIdle() throws IOException {
        for (int turns = 0; turn(); turns++) {
            if (turns > TURNS_MAX) {
                throw new AssertionError("never idle: %d segments, %d of %d bytes live"
                        .formatted(
                                log.counters().segments(),
                                log.counters().liveBytes(),
                                log.counters().segmentBytes()));
            }
        }
    }

    /** Appends, and writes all that waits. */
    long store(int shard, JournalRecord record) throws IOException {
        long index = append(shard, record);
        turnUntilIdle();
        return index;
    }

    /** Opens what is on the disk now, as after a crash. */
    HandTurnedLog reopened() throws IOException {
        return new HandTurnedLog(files.copy());
    }
}
