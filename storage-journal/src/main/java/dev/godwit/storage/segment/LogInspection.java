package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Shows all that a log's files hold, damaged or not, and changes nothing. Used once, by one thread, while nobody writes.
 */
public final class LogInspection {
    /** Who looks on. */
    public interface Visitor {
        void onSegment(String fileName, long generation, long segmentBytes, boolean missing);

        /**
         * A record, or a piece of one.
         *
         * @param fact null for a piece that is not the last one, and for what storage writes for itself
         */
        void onRecord(String fileName, long offset, boolean salvaged, RecordView view, @Nullable JournalRecord fact);

        void onBatch(String fileName, long offset, int blockBytes, BatchHeader header);
    }

    private final SegmentDirectory directory;
    private final DamageLedger ledger;
    private final ShardSightings sightings = new ShardSightings();
    private final FileLayer files;

    private int segments;
    private int tornBatches;

    private LogInspection(FileLayer files, SegmentDirectory directory, DamageLedger ledger) {
        this.files = files;
        this.directory = directory;
        this.ledger = ledger;
    }

    /** Null when there is no journal. */
    public static @Nullable LogInspection of(FileLayer files) throws IOException {
        var ledger = new DamageLedger();
        SegmentDirectory directory = SegmentDirectory.read(files, ledger);
        return directory == null ? null : new LogInspection(files, directory, ledger);
    }

    public UUID journalId() {
        return directory.journalId();
    }

    /** The length of the longest segment. */
    public long segmentBytesMax() {
        return directory.segments().stream()
                .mapToLong(Segment::capacityBytes)
                .max()
                .orElse(0);
    }

    /** Goes through all of it, once. */
    public void walk(Visitor visitor) throws IOException {
        try (var reader = new SegmentReader(files)) {
            var showing = new Showing(visitor, ledger);
            var walk = new LogWalk(reader, directory.segments(), ledger, sightings, showing);
            segments = walk.run();
            tornBatches = walk.tornBatches();
            long oldest = directory.segments().get(0).generation();
            if (walk.oldestNeeded() != 0 && oldest > walk.oldestNeeded()) {
                ledger.addOldestMissing(walk.oldestNeeded(), oldest - 1);
            }
        }
    }

    /** Segments that hold the log. */
    public int segments() {
        return segments;
    }

    /** 1 when a batch was begun and not completed, else 0. */
    public int tornBatches() {
        return tornBatches;
    }

    /** What is not as it was written. */
    public List<Damage> damages() {
        return ledger.damages(sightings);
    }

    private static final class Showing implements LogWalk.Listener, FactScanner.Listener {
        private final Visitor visitor;
        private final DamageLedger ledger;
        private final FactScanner scanner = new FactScanner(this);
        private @Nullable JournalRecord fact;

        Showing(Visitor visitor, DamageLedger ledger) {
            this.visitor = visitor;
            this.ledger = ledger;
        }

        @Override
        public void onSegment(Segment segment) {
            visitor.onSegment(segment.fileName(), segment.generation(), segment.capacityBytes(), segment.isMissing());
        }

        @Override
        public void onRecord(SegmentReader reader) throws IOException {
            fact = null;
            scanner.scanRecord(reader);
            visitor.onRecord(
                    reader.segment().fileName(), reader.recordPosition(), reader.isInHole(), reader.record(), fact);
        }

        @Override
        public void onBatchEnd(SegmentReader reader, long position) {
            visitor.onBatch(reader.segment().fileName(), position, reader.batchBlockBytes(), reader.header());
        }

        @Override
        public void onFact(Fact found) {
            fact = found.record();
        }

        @Override
        public void onShardTail(int shard, long lastIndex, long epoch) {
            // Its record is shown like any other.
        }

        @Override
        public void onCommitted(int shard, long index, long epoch) {
            // Likewise.
        }

        @Override
        public void onTruncated(int shard, long fromIndex) {
            // Likewise.
        }

        @Override
        public void onStateBegun(int shard) {
            // Likewise.
        }

        @Override
        public void onStateInstalled(int shard, long index, long epoch) {
            // Likewise.
        }

        @Override
        public void onLossAccepted(LongRanges sequences) {
            ledger.accept(sequences);
        }
    }
}
