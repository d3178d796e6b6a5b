package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SegmentHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a journal's directory from the oldest segment on, verifies every batch, and finds the durable end. Changes
 * nothing. Used once, by the thread that opens the journal.
 *
 * <p>Batches carry a sequence number without gaps, and how far the journal was durable when they were written. So where
 * the sequence breaks off, either nothing newer follows: then the writer was stopped here, and what it left of its last
 * batch was never confirmed to anyone. Or a newer batch is found: then this one had been durable, and is damaged.
 */
final class RecoveryScan implements FactScanner.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveryScan.class);
    private static final long UNKNOWN = -1;

    private final FileLayer files;
    private final FactScanner scanner = new FactScanner(this);
    private final SegmentLine line = new SegmentLine();
    private final LiveRecords live = new LiveRecords(line);
    private final Map<Integer, ShardTail> tails = new HashMap<>();
    private final SortedMap<Integer, SortedMap<Long, List<PiecePosition>>> movedOnly = new TreeMap<>();
    private final Set<Long> metadataGenerations = new HashSet<>();

    private long nextSequence = UNKNOWN;
    private long oldestNeeded;
    private int tornBatches;

    private RecoveryScan(FileLayer files) {
        this.files = files;
    }

    /** Null when there is no journal yet. */
    static @Nullable RecoveredLog scan(FileLayer files) throws IOException {
        return new RecoveryScan(files).scan();
    }

    private @Nullable RecoveredLog scan() throws IOException {
        List<Segment> found = readHeaders();
        if (found.isEmpty()) {
            return null;
        }
        UUID journalId = found.get(0).header().journalId();
        checkBelongTogether(found, journalId);
        int next;
        try (var reader = new SegmentReader(files)) {
            next = walk(reader, found);
        }
        if (oldestNeeded != 0 && line.oldest().generation() > oldestNeeded) {
            throw CorruptJournalException.of(
                    "the oldest segment, " + Segment.fileName(oldestNeeded) + ", is missing; nothing was changed");
        }
        live.endRecovery();
        List<String> spares =
                files.names().stream().filter(Segment::isSpareName).sorted().toList();
        return new RecoveredLog(
                journalId,
                line,
                List.copyOf(found.subList(next, found.size())),
                spares,
                live,
                tails,
                movedOnly,
                metadataGenerations,
                nextSequence,
                tornBatches);
    }

    private List<Segment> readHeaders() throws IOException {
        var segments = new TreeMap<Long, Segment>();
        for (String name : files.names()) {
            Long generation = Segment.generationOf(name);
            if (generation != null) {
                segments.put(generation, new Segment(readHeader(name, generation), name));
            }
        }
        return new ArrayList<>(segments.values());
    }

    private SegmentHeader readHeader(String name, long generation) throws IOException {
        var block = ByteBuffer.allocate(Blocks.BLOCK_BYTES);
        try (JournalFile file = files.openForReading(name)) {
            file.read(block, 0);
        }
        SegmentHeader header;
        try {
            header = SegmentHeader.read(block.flip());
        } catch (DamagedFormatException e) {
            if (e.isForeign()) {
                throw CorruptJournalException.foreign(name, String.valueOf(e.getMessage()));
            }
            throw CorruptJournalException.at(name, 0, e.getMessage() + "; nothing was changed");
        }
        if (header.generation() != generation) {
            throw CorruptJournalException.at(
                    name, 0, "the file holds generation " + header.generation() + "; nothing was changed");
        }
        return header;
    }

    private static void checkBelongTogether(List<Segment> found, UUID journalId) throws CorruptJournalException {
        long expected = found.get(0).generation();
        for (Segment segment : found) {
            if (!segment.header().journalId().equals(journalId)) {
                throw CorruptJournalException.foreign(
                        segment.fileName(),
                        "it belongs to journal " + segment.header().journalId() + ", the segments before it to "
                                + journalId);
            }
            if (segment.generation() != expected) {
                throw CorruptJournalException.of(
                        "segment " + Segment.fileName(expected) + " is missing; nothing was changed");
            }
            expected++;
        }
    }

    /** Returns how many of the segments hold the log; those after them are unused. */
    private int walk(SegmentReader reader, List<Segment> found) throws IOException {
        int at = 0;
        long position = Blocks.BLOCK_BYTES;
        line.add(found.get(0));
        reader.open(found.get(0));
        if (found.get(0).generation() == 1) {
            nextSequence = 1;
        }
        while (true) {
            SegmentReader.Found here = reader.batchAt(position);
            if (here == SegmentReader.Found.BATCH && isNext(reader.header())) {
                position = apply(reader, position);
                continue;
            }
            String problem = here == SegmentReader.Found.DAMAGED ? reader.problem() : null;
            if (problem == null && nextSequence != UNKNOWN && at + 1 < found.size()) {
                reader.open(found.get(at + 1));
                SegmentReader.Found there = reader.batchAt(Blocks.BLOCK_BYTES);
                if (there == SegmentReader.Found.BATCH && isNext(reader.header())) {
                    at++;
                    line.add(found.get(at));
                    position = apply(reader, Blocks.BLOCK_BYTES);
                    continue;
                }
                if (there == SegmentReader.Found.DAMAGED) {
                    endAt(reader, found, at, position, found.get(at + 1), Blocks.BLOCK_BYTES, reader.problem());
                    return at + 1;
                }
            }
            endAt(reader, found, at, position, found.get(at), position, problem);
            return at + 1;
        }
    }

    private boolean isNext(BatchHeader header) {
        return nextSequence == UNKNOWN || header.sequence() == nextSequence;
    }

    private long apply(SegmentReader reader, long position) throws IOException {
        long end = position + reader.batchBlockBytes();
        nextSequence = reader.header().sequence() + 1;
        oldestNeeded = reader.header().oldestGeneration();
        scanner.scan(reader);
        line.current().endsAt(end);
        return end;
    }

    /** The sequence breaks off. Decides whether that is the end of the log. */
    private void endAt(
            SegmentReader reader,
            List<Segment> found,
            int segmentOfSearch,
            long searchFrom,
            Segment suspect,
            long suspectPosition,
            @Nullable String problem)
            throws IOException {
        String reason = problem == null ? "a batch is missing" : problem;
        String newer = newerBatch(reader, found, segmentOfSearch, searchFrom);
        if (newer != null) {
            throw CorruptJournalException.at(
                    suspect.fileName(),
                    suspectPosition,
                    reason + ". This is damage, not a torn write: " + newer
                            + " was written after it had been on stable storage. Nothing was changed.");
        }
        if (nextSequence == UNKNOWN) {
            throw CorruptJournalException.at(
                    suspect.fileName(),
                    suspectPosition,
                    reason + ", and it was on stable storage; nothing was changed");
        }
        if (problem != null) {
            tornBatches++;
            LOG.warn(
                    "Journal ends in a torn write, which had not been confirmed: {} at offset {}: {}",
                    suspect.fileName(),
                    suspectPosition,
                    problem);
        }
    }

    /** A batch that was written after the one we miss had been durable; null when there is none. */
    private @Nullable String newerBatch(SegmentReader reader, List<Segment> found, int from, long fromPosition)
            throws IOException {
        for (int i = from; i < found.size(); i++) {
            Segment segment = found.get(i);
            reader.open(segment);
            long first = i == from ? fromPosition : Blocks.BLOCK_BYTES;
            for (long at = first; at < segment.capacityBytes(); at += Blocks.BLOCK_BYTES) {
                BatchHeader header = reader.headerAt(at);
                if (header != null && header.durableSequence() >= nextSequence) {
                    return "batch " + header.sequence() + " (" + segment.fileName() + " at offset " + at + ")";
                }
            }
        }
        return null;
    }

    @Override
    public boolean wants(int shard, boolean moved) {
        return true;
    }

    @Override
    public void onFact(Fact fact) {
        onShardTail(fact.shard(), fact.index(), fact.epoch());
        if (fact.shard() == 0) {
            fact.pieces().forEach(piece -> metadataGenerations.add(piece.generation()));
        }
        if (!fact.moved()) {
            live.add(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.bytes());
            return;
        }
        var ofShard = movedOnly.computeIfAbsent(fact.shard(), shard -> new TreeMap<>());
        if (!live.isLive(fact.shard(), fact.index()) || ofShard.containsKey(fact.index())) {
            ofShard.put(fact.index(), fact.pieces());
        }
        live.addMoved(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.bytes());
    }

    @Override
    public void onShardTail(int shard, long lastIndex, long epoch) {
        tails.computeIfAbsent(shard, ShardTail::new).reached(lastIndex, epoch);
    }
}
