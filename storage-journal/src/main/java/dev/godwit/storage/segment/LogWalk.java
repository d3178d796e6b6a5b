package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.RecordType;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes through the batches of a journal from the oldest segment on, verifies each, and finds the durable end. Changes
 * nothing. Used once, by one thread.
 *
 * <p>Batches carry a sequence number without gaps, and how far the journal was durable when they were written. So where
 * the sequence breaks off, either nothing newer follows: then the writer was stopped here, and what it left of its last
 * batch was never confirmed to anyone. Or a newer batch is found: then what is missing had been durable, and is damaged.
 * The walk takes note of that, uses the records in the damaged stretch that verify by themselves, and goes on at the
 * newer batch.
 */
final class LogWalk {
    private static final Logger LOG = LoggerFactory.getLogger(LogWalk.class);
    private static final long UNKNOWN = -1;

    /** More batches than this no segment can hold, so that a number made of a generation was never used. */
    private static final int BATCHES_PER_SEGMENT_SHIFT = 18;

    /** How far behind a header an older one is looked for. */
    private static final int LOOK_AHEAD_BYTES = 4 * 1024 * 1024;

    /** Who reads along. */
    interface Listener {
        /** The segment is part of the log; what follows lies in it. */
        void onSegment(Segment segment);

        /**
         * A batch, or what is left of batches: {@link SegmentReader#record} is its next record. Records that were not
         * asked for are skipped.
         */
        void onRecord(SegmentReader reader) throws IOException;

        /** All records of a whole batch have been shown; {@link SegmentReader#header} is its header. */
        void onBatchEnd(SegmentReader reader, long position);
    }

    /** A batch that shows by its header that an older one had been durable. */
    private record Newer(int segment, long position, long sequence) {}

    private final SegmentReader reader;
    private final List<Segment> segments;
    private final Listener listener;
    private final DamageLedger ledger;
    private final ShardSightings sightings;
    private final BatchSalvage salvage;

    private int at;
    private long position = Blocks.BLOCK_BYTES;
    private long nextSequence = UNKNOWN;
    private long oldestNeeded;
    private int tornBatches;

    LogWalk(
            SegmentReader reader,
            List<Segment> segments,
            DamageLedger ledger,
            ShardSightings sightings,
            Listener listener) {
        this.reader = reader;
        this.segments = segments;
        this.ledger = ledger;
        this.sightings = sightings;
        this.listener = listener;
        salvage = new BatchSalvage(sightings);
    }

    /** Goes from the oldest segment to the end; returns how many of the segments hold the log. */
    int run() throws IOException {
        if (segments.get(0).generation() == 1) {
            nextSequence = 1;
            sightings.knowAll();
        }
        open(0);
        while (step()) {
            // On to the next batch.
        }
        return at + 1;
    }

    /** Goes from a place that a checkpoint stands for to the end; returns how many of the segments hold the log. */
    int runFrom(int segment, long offset, long sequence) throws IOException {
        nextSequence = sequence;
        sightings.knowAll();
        open(segment);
        position = offset;
        while (step()) {
            // On to the next batch.
        }
        return at + 1;
    }

    /** Of the batch that will be written next. */
    long nextSequence() {
        return nextSequence;
    }

    /** Segments of older generations were not needed any more, the last batch says. */
    long oldestNeeded() {
        return oldestNeeded;
    }

    /** 1 when a batch was begun and not completed, else 0. */
    int tornBatches() {
        return tornBatches;
    }

    private void open(int segment) throws IOException {
        at = segment;
        position = Blocks.BLOCK_BYTES;
        reader.open(segments.get(segment));
        listener.onSegment(segments.get(segment));
    }

    /** False at the end of the log. */
    private boolean step() throws IOException {
        reader.open(segments.get(at));
        SegmentReader.Found here = reader.batchAt(position);
        if (here == SegmentReader.Found.BATCH && isNext(reader.header())) {
            apply();
            return true;
        }
        String problem = here == SegmentReader.Found.DAMAGED ? reader.problem() : null;
        // Behind a torn batch at a segment's end, the one in its place may have been too long for what was left there.
        if (nextSequence != UNKNOWN && at + 1 < segments.size()) {
            reader.open(segments.get(at + 1));
            SegmentReader.Found there = reader.batchAt(Blocks.BLOCK_BYTES);
            if (there == SegmentReader.Found.BATCH && isNext(reader.header())) {
                open(at + 1);
                reader.batchAt(position);
                apply();
                return true;
            }
            if (problem == null && there == SegmentReader.Found.DAMAGED) {
                return breaksOff(at + 1, Blocks.BLOCK_BYTES, reader.problem());
            }
        }
        return breaksOff(at, position, problem);
    }

    private boolean isNext(BatchHeader header) {
        return nextSequence == UNKNOWN || header.sequence() == nextSequence;
    }

    private void apply() throws IOException {
        if (nextSequence == UNKNOWN) {
            sightings.knowAll();
        }
        long begin = position;
        nextSequence = reader.header().sequence() + 1;
        oldestNeeded = reader.header().oldestGeneration();
        if (!reader.isPaddingZero()) {
            ledger.addPadding(
                    segments.get(at).fileName(),
                    begin + reader.header().batchBytes(),
                    (long) reader.batchBlockBytes() - reader.header().batchBytes(),
                    "the rest of a batch's last block is not zeros");
        }
        position = begin + reader.batchBlockBytes();
        showRecords(true);
        listener.onBatchEnd(reader, begin);
        segments.get(at).endsAt(position);
    }

    private void showRecords(boolean whole) throws IOException {
        while (reader.nextRecord()) {
            if (whole) {
                if (sightings.isRepeated(reader.record())) {
                    continue;
                }
                var lost = sightings.on(reader.record());
                if (lost != null) {
                    ledger.addLost(lost);
                }
            }
            listener.onRecord(reader);
        }
    }

    /** The sequence breaks off. False when that is the end of the log, true when the walk goes on behind a damage. */
    private boolean breaksOff(int suspect, long suspectPosition, @Nullable String problem) throws IOException {
        reader.open(segments.get(suspect));
        BatchHeader header = reader.headerAt(suspectPosition);
        boolean isFirst = nextSequence == UNKNOWN;
        long found = header == null ? UNKNOWN : header.sequence();
        int foundBytes = header == null ? 0 : header.batchBytes();
        int foundRecords = header == null ? 0 : header.recordCount();
        if (isFirst && found != UNKNOWN) {
            nextSequence = found;
        }
        Newer newer = newer(isFirst && found != UNKNOWN ? suspect : at, isFirst ? suspectPosition : position);
        if (newer == null && !isFirst) {
            endOf(suspect, suspectPosition, problem);
            return false;
        }
        sightings.onDamage();
        Map<Integer, Long> firstBehind = newer == null ? Map.of() : firstIndices(newer);
        reader.open(segments.get(suspect));
        boolean headerHolds = found == nextSequence && isWithin(suspect, suspectPosition, foundBytes, newer);
        if (headerHolds) {
            if (suspect != at) {
                open(suspect);
            }
            passDamagedBatch(foundBytes, foundRecords, problem + proof(newer), firstBehind);
        } else {
            passLostBatches(newer, suspect, problem, firstBehind);
        }
        return true;
    }

    /** Of each shard that has an original in the newer batch or shortly behind it: where the first of them begins. */
    private Map<Integer, Long> firstIndices(Newer newer) throws IOException {
        var first = new HashMap<Integer, Long>();
        Segment segment = segments.get(newer.segment());
        reader.open(segment);
        long to = Math.min(segment.capacityBytes(), newer.position() + LOOK_AHEAD_BYTES);
        for (long probe = newer.position(); probe < to; ) {
            if (reader.batchAt(probe) != SegmentReader.Found.BATCH) {
                probe += Blocks.BLOCK_BYTES;
                continue;
            }
            while (reader.nextRecord()) {
                if (!reader.record().isMoved() && reader.record().type() <= RecordType.CHUNK) {
                    first.putIfAbsent(reader.record().shard(), reader.record().index());
                }
            }
            probe += reader.batchBlockBytes();
        }
        return first;
    }

    private boolean isWithin(int suspect, long suspectPosition, int batchBytes, @Nullable Newer newer) {
        long end = suspectPosition + Blocks.roundUp(batchBytes);
        boolean beforeNewer = newer == null || newer.segment() != suspect || end <= newer.position();
        return end <= segments.get(suspect).capacityBytes() && beforeNewer;
    }

    private void endOf(int suspect, long suspectPosition, @Nullable String problem) {
        if (problem != null) {
            tornBatches++;
            LOG.warn(
                    "Journal ends in a torn write, which had not been confirmed: {} at offset {}: {}",
                    segments.get(suspect).fileName(),
                    suspectPosition,
                    problem);
        }
    }

    /** The batch at the current position has a header that verifies, and records that do not. */
    private void passDamagedBatch(int batchBytes, int recordCount, String problem, Map<Integer, Long> firstBehind)
            throws IOException {
        Segment segment = segments.get(at);
        long end = position + Blocks.roundUp(batchBytes);
        Hole hole = salvage.search(reader, position, end, firstBehind);
        ledger.addBatches(
                segment,
                position,
                end - position,
                problem,
                nextSequence,
                nextSequence,
                hole.records(),
                Math.max(0, recordCount - hole.records()));
        salvage.lost().forEach(ledger::addLost);
        use(segment, hole);
        nextSequence++;
        position = end;
    }

    /** Between the current position and the newer batch, no header tells where batches begin and end. */
    private void passLostBatches(
            @Nullable Newer newer, int suspect, @Nullable String problem, Map<Integer, Long> firstBehind)
            throws IOException {
        long firstSequence = nextSequence == UNKNOWN ? 0 : nextSequence;
        int lastSegment = newer == null ? segments.size() - 1 : newer.segment();
        long next = newer == null
                ? (segments.get(lastSegment).generation() + 1) << BATCHES_PER_SEGMENT_SHIFT
                : newer.sequence();
        boolean told = false;
        while (true) {
            Segment segment = segments.get(at);
            reader.open(segment);
            boolean isLast = at == lastSegment;
            long to = isLast && newer != null ? newer.position() : segment.capacityBytes();
            Hole hole = salvage.search(reader, position, to, firstBehind);
            boolean begun = position == Blocks.BLOCK_BYTES || (at == suspect && problem != null);
            boolean concerned = hole.records() > 0
                    || (isLast && (position < to || !told))
                    || (!isLast && (begun || nothingMissingIn(at + 1, newer)));
            if (concerned) {
                ledger.addBatches(
                        segment,
                        segment.isMissing() ? 0 : position,
                        segment.isMissing() ? 0 : to - position,
                        reasonOf(segment, at == suspect ? problem : null, newer),
                        firstSequence,
                        next - 1,
                        hole.records(),
                        Damage.UNKNOWN);
                salvage.lost().forEach(ledger::addLost);
                told = true;
            }
            use(segment, hole);
            if (isLast) {
                break;
            }
            open(at + 1);
        }
        nextSequence = next;
        position = newer == null ? segments.get(at).capacityBytes() : newer.position();
    }

    private static String reasonOf(Segment segment, @Nullable String problem, @Nullable Newer newer) {
        if (segment.isMissing()) {
            return "the file is missing";
        }
        return (problem == null ? "a batch is missing here" : problem) + proof(newer);
    }

    /** Why this is damage, and no torn write. */
    private static String proof(@Nullable Newer newer) {
        return newer == null ? "" : ", and batch " + newer.sequence() + " was written after it had been safe";
    }

    /** Whether the newer batch is the first one of that segment: what is missing was in the one before it. */
    private static boolean nothingMissingIn(int segment, @Nullable Newer newer) {
        return newer != null && newer.segment() == segment && newer.position() == Blocks.BLOCK_BYTES;
    }

    private void use(Segment segment, Hole hole) throws IOException {
        if (hole.to() <= hole.from()) {
            return;
        }
        segment.addHole(hole);
        reader.enter(hole);
        showRecords(false);
        segment.endsAt(hole.to());
    }

    /** A batch that was written after the one we miss had been durable; null when there is none. */
    private @Nullable Newer newer(int from, long fromPosition) throws IOException {
        for (int i = from; i < segments.size(); i++) {
            reader.open(segments.get(i));
            Newer found = newerIn(i, i == from ? fromPosition : Blocks.BLOCK_BYTES);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The first one, unless another one shortly behind it is older: then a disk has put the first in a wrong place. */
    private @Nullable Newer newerIn(int segment, long from) throws IOException {
        Newer newer = null;
        long to = segments.get(segment).capacityBytes();
        for (long probe = from; probe < to; probe += Blocks.BLOCK_BYTES) {
            BatchHeader header = reader.headerAt(probe);
            if (header == null || header.durableSequence() < nextSequence) {
                continue;
            }
            if (newer == null) {
                to = Math.min(to, probe + LOOK_AHEAD_BYTES);
            }
            if (newer == null || header.sequence() <= newer.sequence()) {
                newer = new Newer(segment, probe, header.sequence());
            }
        }
        return newer;
    }
}
