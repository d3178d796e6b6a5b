package dev.godwit.storage.segment;

import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal's directory, and gathers what the log that goes on needs to know: what is alive, where it lies, how
 * far each shard has come, and what is damaged. Changes nothing. Used once, by the thread that opens the journal.
 */
final class RecoveryScan implements FactScanner.Listener, LogWalk.Listener {
    private final FileLayer files;
    private final FactScanner scanner = new FactScanner(this);
    private final DamageLedger ledger = new DamageLedger();
    private final ShardSightings sightings = new ShardSightings();
    private final SegmentLine line = new SegmentLine();
    private final LiveRecords live = new LiveRecords(line);
    private final Map<Integer, ShardTail> tails = new HashMap<>();

    private RecoveryScan(FileLayer files) {
        this.files = files;
    }

    /** Null when there is no journal yet. */
    static @Nullable RecoveredLog scan(FileLayer files) throws IOException {
        return new RecoveryScan(files).scan();
    }

    private @Nullable RecoveredLog scan() throws IOException {
        SegmentDirectory directory = SegmentDirectory.read(files, ledger);
        if (directory == null) {
            return null;
        }
        List<Segment> found = directory.segments();
        LogWalk walk;
        int used;
        try (var reader = new SegmentReader(files)) {
            walk = new LogWalk(reader, found, ledger, sightings, this);
            used = walk.run();
        }
        if (walk.oldestNeeded() != 0 && line.oldest().generation() > walk.oldestNeeded()) {
            ledger.addOldestMissing(walk.oldestNeeded(), line.oldest().generation() - 1);
        }
        String astray = live.endRecovery();
        if (astray != null) {
            throw CorruptJournalException.because(astray + "; nothing was changed");
        }
        List<String> spares =
                files.names().stream().filter(Segment::isSpareName).sorted().toList();
        return new RecoveredLog(
                directory.journalId(),
                line,
                List.copyOf(found.subList(used, found.size())),
                spares,
                live,
                tails,
                walk.nextSequence(),
                walk.tornBatches(),
                ledger.damages(sightings));
    }

    @Override
    public void onSegment(Segment segment) {
        line.add(segment);
    }

    @Override
    public void onRecord(SegmentReader reader) throws IOException {
        scanner.scanRecord(reader);
    }

    @Override
    public void onBatchEnd(SegmentReader reader, long position) {
        // Its records have been seen.
    }

    @Override
    public void onLossAccepted(LongRanges sequences) {
        ledger.accept(sequences);
    }

    @Override
    public void onFact(Fact fact) {
        onShardTail(fact.shard(), fact.index(), fact.epoch());
        if (fact.moved()) {
            live.addMoved(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.offset(), fact.bytes());
        } else {
            live.add(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.offset(), fact.bytes());
        }
    }

    @Override
    public void onShardTail(int shard, long lastIndex, long epoch) {
        tails.computeIfAbsent(shard, ShardTail::new).reached(lastIndex, epoch);
    }
}
