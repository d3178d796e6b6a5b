package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
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

    public static void main(String[] args) throws IOException {
        var files = new MemoryFileLayer();
        var log = new HandTurnedLog(files);
        log.store(2, new JournalRecord.EpochBegun());
        appendAll(log, 2);
        for (int i = 0; i < 20; i++) {
            long passing = log.store(3, Records.message(15_000, 0));
            log.store(3, Records.removed(passing));
        }
        appendAll(log, 0);
        appendAll(log, 1);
        for (String name : files.segmentNames()) {
            try (var out = new GZIPOutputStream(Files.newOutputStream(Path.of(args[0], name + ".gz")))) {
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
