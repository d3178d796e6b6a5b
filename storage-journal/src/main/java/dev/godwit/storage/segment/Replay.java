package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Delivers what the recovery scan found: shard 0 first, whole, then the others; each shard in the order of its indices.
 * A record of which only a moved copy is left is older than all those still in their first place, so the moved ones
 * come first. Used once, before the writer starts.
 */
final class Replay implements FactScanner.Listener {
    private final RecoveredLog log;
    private final IntFunction<@Nullable JournalReplay> replays;
    private final SortedMap<Integer, JournalReplay> known = new TreeMap<>();
    private final FactScanner scanner = new FactScanner(this);

    private boolean metadata;
    private boolean movedOnly;
    private long records;

    private Replay(RecoveredLog log, IntFunction<@Nullable JournalReplay> replays) {
        this.log = log;
        this.replays = replays;
    }

    /** Returns the number of records delivered. */
    static long run(FileLayer files, RecoveredLog log, IntFunction<@Nullable JournalReplay> replays)
            throws IOException {
        var replay = new Replay(log, replays);
        for (int shard : log.tails().keySet()) {
            replay.replayOf(shard);
        }
        try (var reader = new SegmentReader(files)) {
            replay.metadata = true;
            replay.runPass(reader);
            replay.metadata = false;
            replay.runPass(reader);
        }
        return replay.records;
    }

    private void runPass(SegmentReader reader) throws IOException {
        movedOnly = true;
        for (var shard : log.movedOnly().entrySet()) {
            if (isOfThisPass(shard.getKey())) {
                for (List<PiecePosition> pieces : shard.getValue().values()) {
                    replayMoved(reader, pieces);
                }
            }
        }
        movedOnly = false;
        for (Segment segment : log.segments().all()) {
            if (!metadata || log.metadataGenerations().contains(segment.generation())) {
                replaySegment(reader, segment);
            }
        }
    }

    private void replayMoved(SegmentReader reader, List<PiecePosition> pieces) throws IOException {
        for (PiecePosition piece : pieces) {
            reader.open(log.segments().get(piece.generation()));
            scanner.scanPiece(reader, piece.offset());
        }
    }

    private void replaySegment(SegmentReader reader, Segment segment) throws IOException {
        reader.open(segment);
        for (long at = Blocks.BLOCK_BYTES; at < segment.endPosition(); at += reader.batchBlockBytes()) {
            if (!reader.batchOrHoleAt(at)) {
                throw CorruptJournalException.at(segment.fileName(), at, "the disk gave other bytes than a moment ago");
            }
            scanner.scan(reader);
        }
    }

    @Override
    public boolean wants(int shard, boolean moved) {
        return moved == movedOnly && isOfThisPass(shard);
    }

    @Override
    public void onFact(Fact fact) {
        records++;
        fact.record().replayTo(replayOf(fact.shard()), fact.index());
    }

    @Override
    public void onShardTail(int shard, long lastIndex, long epoch) {
        // The scan has seen to it.
    }

    @Override
    public void onLossAccepted(LongRanges sequences) {
        // The scan has seen to it.
    }

    private boolean isOfThisPass(int shard) {
        return (shard == 0) == metadata;
    }

    private JournalReplay replayOf(int shard) {
        return known.computeIfAbsent(shard, number -> {
            JournalReplay replay = replays.apply(number);
            if (replay == null) {
                throw new IllegalStateException(
                        "the journal holds records of shard " + number + ", which this node does not know");
            }
            return replay;
        });
    }
}
