package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;

/**
 * What is in the golden files: a journal with every kind of record, whole, in pieces and moved, over several segments.
 * Run it once for each new version of the format, with the directory to write to; never for an old one.
 */
final class GoldenJournal {
    private GoldenJournal() {}

    /** What each shard replays, by index, whatever reads it. */
    static Map<Integer, Map<Long, JournalRecord>> expected() {
        var metadata = new TreeMap<Long, JournalRecord>();
        metadata.put(1L, new JournalRecord.EpochBegun());
        metadata.put(2L, Records.stored("orders", "{\"durable\":true}"));
        metadata.put(3L, Records.stored("überfällig", "{}"));
        metadata.put(4L, Records.dropped("überfällig"));
        var queues = new TreeMap<Long, JournalRecord>();
        queues.put(1L, Records.message("kept"));
        queues.put(2L, Records.returned(1, 3));
        queues.put(3L, Records.message(40_000, 3));
        queues.put(4L, Records.message("gone"));
        queues.put(5L, Records.message("gone too"));
        queues.put(6L, Records.removed(4, 5));
        var moved = new TreeMap<Long, JournalRecord>();
        moved.put(2L, Records.message("moved"));
        moved.put(3L, Records.message(20_000, 4));
        return Map.of(0, metadata, 1, queues, 2, moved);
    }

    /** The kinds of record that came after the first files of version 1 were made: attributes, expiry, parts. */
    static Map<Long, JournalRecord> expectedLater() {
        var records = new TreeMap<Long, JournalRecord>();
        records.put(1L, new JournalRecord.EpochBegun());
        records.put(
                2L,
                new JournalRecord.MessageEnqueued(
                        3, 1_000, 2_000, 0xFFF7, Records.message("expires").body()));
        records.put(
                3L,
                new JournalRecord.MessageEnqueued(
                        4,
                        1_000,
                        JournalRecord.MessageEnqueued.NO_EXPIRY,
                        4,
                        Records.message("stays").body()));
        records.put(
                4L, new JournalRecord.MessagePart(3, Records.message(6_000, 1).body()));
        records.put(5L, Records.message("between the parts"));
        records.put(
                6L, new JournalRecord.MessagePart(3, Records.message(7_000, 2).body()));
        records.put(7L, new JournalRecord.LargeMessageEnqueued(3, 0, 3_000, 9, 13_000, LongRanges.ofBounds(new long[] {
            4, 4, 6, 6
        })));
        records.put(8L, new JournalRecord.MessagePart(3, Records.message(100, 3).body()));
        return records;
    }

    /** Messages with annotations that they were given later, once, twice, and by a record that was moved. */
    static Map<Long, JournalRecord> expectedAnnotated() {
        var records = new TreeMap<Long, JournalRecord>();
        records.put(1L, new JournalRecord.EpochBegun());
        records.put(2L, Records.message("annotated once"));
        records.put(3L, Records.message("annotated twice"));
        records.put(4L, Records.message("gone"));
        records.put(5L, Records.annotated(2, "once"));
        records.put(6L, Records.annotated(3, "first"));
        records.put(7L, Records.annotated(4, "gone, too"));
        records.put(8L, Records.returned(3, 2));
        records.put(9L, Records.annotated(3, "first and second"));
        records.put(10L, Records.removed(4));
        return records;
    }

    /** What queues wrote down: still true, and gone, by itself and among messages. */
    static Map<Long, JournalRecord> expectedNoted() {
        var records = new TreeMap<Long, JournalRecord>();
        records.put(1L, new JournalRecord.EpochBegun());
        records.put(2L, Records.noted("written first"));
        records.put(3L, Records.message("a message"));
        records.put(4L, Records.noted("gone"));
        records.put(5L, Records.message("gone"));
        records.put(6L, Records.noted("gone, too"));
        records.put(7L, Records.removed(4, 5));
        records.put(8L, Records.removed(6));
        records.put(9L, Records.noted("written last"));
        return records;
    }

    /** Bodies that messages share: of one and of two, one of them waiting for a time, of one that is gone, and in pieces. */
    static Map<Long, JournalRecord> expectedShared() {
        var records = new TreeMap<Long, JournalRecord>();
        records.put(1L, new JournalRecord.EpochBegun());
        records.put(2L, Records.body(300, 1));
        records.put(3L, Records.copy(7, 2));
        records.put(4L, new JournalRecord.CopyEnqueued(8, 99_000, 0xF0F, 6_000, 2));
        records.put(5L, Records.body(400, 2));
        records.put(6L, Records.copy(7, 5));
        records.put(7L, Records.message("between"));
        records.put(8L, Records.body(40_000, 3));
        records.put(9L, Records.copy(9, 8));
        records.put(10L, Records.copy(10, 8));
        records.put(11L, Records.removed(6));
        records.put(12L, Records.removed(9));
        return records;
    }

    /** Messages that are not to be given out before a time: as they came, in parts, in a transaction, and once they returned. */
    static Map<Long, JournalRecord> expectedNotBefore() {
        var records = new TreeMap<Long, JournalRecord>();
        records.put(1L, new JournalRecord.EpochBegun());
        records.put(2L, notBefore(5_000, "scheduled"));
        records.put(3L, new JournalRecord.MessagePart(3, Records.message(100, 1).body()));
        records.put(
                4L,
                new JournalRecord.LargeMessageEnqueued(
                        3, 0, JournalRecord.MessageEnqueued.NO_EXPIRY, 9, 6_000, 100, LongRanges.of(3)));
        records.put(5L, Records.message("to be tried again"));
        records.put(6L, new JournalRecord.MessageReturned(Records.QUEUE, 5, 2, 7_000));
        records.put(7L, notBefore(3_000, "scheduled, and to be tried again"));
        records.put(8L, new JournalRecord.MessageReturned(Records.QUEUE, 7, 1, 9_000));
        records.put(9L, new JournalRecord.MessagePosted(notBefore(8_000, "posted")));
        records.put(10L, new JournalRecord.MessagePart(3, Records.message(50, 2).body()));
        records.put(
                11L,
                new JournalRecord.LargeMessagePosted(new JournalRecord.LargeMessageEnqueued(
                        3, 0, JournalRecord.MessageEnqueued.NO_EXPIRY, 9, 8_500, 50, LongRanges.of(10))));
        records.put(
                12L,
                new JournalRecord.TransactionCommitted(
                        new UUID(1, 9), List.of(), LongRanges.ofBounds(new long[] {9, 9, 11, 11}), LongRanges.NONE));
        records.put(13L, notBefore(4_000, "gone"));
        records.put(14L, Records.removed(13));
        return records;
    }

    /** The same, and then one more shard of a majority, with checkpoints between. */
    private static void writeCheckpointedEntries(HandTurnedLog log) throws IOException {
        writeEntries(log);
        HandTurnedLog.Replicated shard = log.replicated(2);
        shard.append(1, 5, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 5, Records.body(300, 1), 2);
        shard.append(3, 5, Records.copy(7, 2), 3);
        log.turnUntilIdle();
        shard.intake.commit(3);
        shard.append(4, 5, Records.message("not committed before the checkpoint"), 4);
        shard.append(5, 6, Records.removed(3), 5);
        log.turnUntilIdle();
        passUntilSecondCheckpoint(log, 3);
        shard.intake.commit(4);
        shard.append(6, 6, Records.message("not committed"), 6);
        log.turnUntilIdle();
        log.store(3, new JournalRecord.EpochBegun());
    }

    /** What a shard had is replaced by a state from elsewhere; then it goes on, and another one begins to come. */
    private static void writeInstalledState(HandTurnedLog log) throws IOException {
        HandTurnedLog.Replicated shard = log.replicated(1);
        shard.append(1, 2, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 2, Records.message("replaced"), 2);
        log.turnUntilIdle();
        shard.intake.commit(2);
        log.store(3, new JournalRecord.EpochBegun());
        shard.begin(500, 8);
        shard.stage(new StateRecord(3, 2, Records.stored("orders", "{}")));
        shard.stage(new StateRecord(10, 7, Records.message("from elsewhere")));
        log.turnUntilIdle();
        shard.stage(new StateRecord(11, 7, Records.message(40_000, 3)));
        shard.stage(new StateRecord(499, 8, new JournalRecord.EpochBegun()));
        shard.install(500, 8, 3);
        log.turnUntilIdle();
        shard.append(501, 8, Records.removed(10), 4);
        log.turnUntilIdle();
        shard.intake.commit(501);
        shard.begin(900, 8);
        shard.stage(new StateRecord(700, 8, Records.message("of no effect")));
        log.turnUntilIdle();
        log.store(3, new JournalRecord.EpochBegun());
    }

    /** A log whose commit is a majority's: entries committed, dropped, written anew, and not committed; consumed ones. */
    private static void writeEntries(HandTurnedLog log) throws IOException {
        log.store(1, new JournalRecord.EpochBegun());
        log.store(1, Records.message("of before"));
        HandTurnedLog.Replicated shard = log.replicated(1);
        shard.append(3, 3, new JournalRecord.EpochBegun(), 1);
        shard.append(4, 3, Records.message("committed"), 2);
        shard.append(
                5, 3, new JournalRecord.VotersNamed(Records.message("voters").body()), 3);
        log.turnUntilIdle();
        shard.intake.commit(5);
        shard.append(6, 3, Records.message("dropped"), 4);
        shard.append(7, 3, Records.removed(4), 5);
        log.turnUntilIdle();
        shard.truncate(6, 4, 6);
        shard.append(6, 4, new JournalRecord.EpochBegun(), 7);
        shard.append(7, 4, Records.message(40_000, 3), 8);
        log.turnUntilIdle();
        shard.intake.commit(7);
        shard.append(8, 4, Records.removed(2), 9);
        log.turnUntilIdle();
        shard.append(9, 4, Records.message("not committed"), 10);
        log.turnUntilIdle();
    }

    static JournalRecord.MessageEnqueued notBefore(long timeMillis, String body) {
        return new JournalRecord.MessageEnqueued(
                Records.QUEUE,
                1_000,
                99_000,
                0xF0F,
                timeMillis,
                Records.message(body).body());
    }

    /** The kinds of record that came with transactions, in two shards. */
    static Map<Integer, List<JournalRecord>> expectedOfTransactions() {
        var rolledBack = new UUID(1, 1);
        var decided = new UUID(1, 2);
        var local = new UUID(1, 3);
        var undecided = new UUID(1, 4);
        List<JournalRecord> deciding = List.of(
                new JournalRecord.EpochBegun(),
                new JournalRecord.MessagePosted(Records.message("committed here")),
                new JournalRecord.MessagePosted(Records.message("never committed")),
                Records.message("removed with it"),
                new JournalRecord.TransactionCommitted(local, List.of(), LongRanges.of(2), LongRanges.of(4)),
                new JournalRecord.MessagePosted(Records.message(9_000, 5)),
                new JournalRecord.TransactionCommitted(decided, List.of(2), LongRanges.of(6), LongRanges.NONE));
        List<JournalRecord> participant = List.of(
                new JournalRecord.EpochBegun(),
                Records.message("to be removed"),
                new JournalRecord.MessagePart(3, Records.message(100, 1).body()),
                new JournalRecord.LargeMessagePosted(new JournalRecord.LargeMessageEnqueued(
                        3, 0, JournalRecord.MessageEnqueued.NO_EXPIRY, 9, 100, LongRanges.of(3))),
                new JournalRecord.TransactionPrepared(decided, 1, LongRanges.of(4), LongRanges.of(2)),
                new JournalRecord.MessagePosted(Records.message("rolled back")),
                new JournalRecord.TransactionPrepared(rolledBack, 1, LongRanges.of(6), LongRanges.NONE),
                new JournalRecord.TransactionForgotten(rolledBack),
                new JournalRecord.MessagePosted(Records.message("in doubt")),
                new JournalRecord.TransactionPrepared(undecided, 1, LongRanges.of(9), LongRanges.NONE));
        return Map.of(1, deciding, 2, participant);
    }

    /**
     * Arguments: the directory, and which records, {@code first}, {@code later}, {@code annotated},
     * {@code not-before}, {@code notes}, {@code shared}, {@code entries}, {@code checkpointed-entries},
     * {@code installed-state} or {@code transactions}.
     */
    public static void main(String[] args) throws IOException {
        var files = new MemoryFileLayer();
        var log = new HandTurnedLog(files);
        if (args[1].equals("transactions")) {
            var records = new TreeMap<>(expectedOfTransactions());
            for (int shard : List.of(2, 1)) {
                for (JournalRecord record : Objects.requireNonNull(records.get(shard))) {
                    log.store(shard, record);
                }
            }
            passUntilSecondCheckpoint(log, 3);
            write(files, Path.of(args[0]));
            return;
        }
        if (args[1].equals("entries")) {
            writeEntries(log);
            write(files, Path.of(args[0]));
            return;
        }
        if (args[1].equals("installed-state")) {
            writeInstalledState(log);
            write(files, Path.of(args[0]));
            return;
        }
        if (args[1].equals("checkpointed-entries")) {
            writeCheckpointedEntries(log);
            write(files, Path.of(args[0]));
            return;
        }
        if (!args[1].equals("first")) {
            var records =
                    switch (args[1]) {
                        case "later" -> expectedLater();
                        case "not-before" -> expectedNotBefore();
                        case "notes" -> expectedNoted();
                        case "shared" -> expectedShared();
                        default -> expectedAnnotated();
                    };
            for (JournalRecord record : records.values()) {
                log.store(1, record);
            }
            passUntilSecondCheckpoint(log, 2);
            write(files, Path.of(args[0]));
            return;
        }
        log.store(2, new JournalRecord.EpochBegun());
        appendAll(log, 2);
        for (int i = 0; i < 20; i++) {
            long passing = log.store(3, Records.message(15_000, 0));
            log.store(3, Records.removed(passing));
        }
        appendAll(log, 0);
        appendAll(log, 1);
        write(files, Path.of(args[0]));
    }

    private static void passUntilSecondCheckpoint(HandTurnedLog log, int shard) throws IOException {
        log.store(shard, new JournalRecord.EpochBegun());
        while (CheckpointFiles.all(log.files).size() < 2) {
            pass(log, shard);
        }
        String newest = CheckpointFiles.all(log.files).get(0);
        while (CheckpointFiles.all(log.files).get(0).equals(newest)) {
            pass(log, shard);
        }
        pass(log, shard);
    }

    private static void pass(HandTurnedLog log, int shard) throws IOException {
        long passing = log.store(shard, Records.message(15_000, 0));
        log.store(shard, Records.removed(passing));
    }

    private static void write(MemoryFileLayer files, Path directory) throws IOException {
        for (String name : files.names()) {
            if (Segment.isSpareName(name)) {
                continue;
            }
            try (var out = new GZIPOutputStream(Files.newOutputStream(directory.resolve(name + ".gz")))) {
                out.write(files.contentOf(name));
            }
        }
    }

    private static void appendAll(HandTurnedLog log, int shard) throws IOException {
        for (JournalRecord record : expected().getOrDefault(shard, Map.of()).values()) {
            log.store(shard, record);
        }
    }
}
