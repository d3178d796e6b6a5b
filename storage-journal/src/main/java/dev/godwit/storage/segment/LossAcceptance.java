package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.format.SegmentHeader;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a damaged journal one that can go on: headers that cannot be read are written again, missing files are put in
 * place empty, and the log continues in a new segment, whose first batch says which losses were accepted. Damaged
 * batches stay as they are, until their segment is freed. Used once, by the thread that opens the journal.
 *
 * <p>Interrupted at any point, it leaves a journal that is damaged in the same places, or in fewer.
 */
final class LossAcceptance {
    private static final Logger LOG = LoggerFactory.getLogger(LossAcceptance.class);

    private final FileLayer files;
    private final RecoveredLog log;
    private final LongSupplier wallClockMillis;

    LossAcceptance(FileLayer files, RecoveredLog log, LongSupplier wallClockMillis) {
        this.files = files;
        this.log = log;
        this.wallClockMillis = wallClockMillis;
    }

    /** Before the log is opened for writing. */
    void mendSegments() throws IOException {
        for (Damage loss : log.losses()) {
            LOG.error("Loss accepted: {}", loss.describe());
        }
        dropCheckpoints();
        for (Segment segment : log.segments().all()) {
            mend(segment);
        }
        for (Segment segment : log.unused()) {
            mend(segment);
        }
    }

    /** They stand for records that are lost now. */
    private void dropCheckpoints() throws IOException {
        for (String name : CheckpointFiles.all(files)) {
            files.delete(name);
        }
        files.syncDirectory();
    }

    private void mend(Segment segment) throws IOException {
        if (segment.isMissing()) {
            createEmpty(segment);
        } else if (hasDamagedHeader(segment)) {
            writeHeader(segment.fileName(), segment.header());
            LOG.warn("Wrote the header of {} again", segment.fileName());
        }
    }

    private boolean hasDamagedHeader(Segment segment) {
        return log.damages().stream()
                .anyMatch(damage ->
                        damage.kind() == Damage.Kind.HEADER && damage.fileName().equals(segment.fileName()));
    }

    private void createEmpty(Segment segment) throws IOException {
        String temporary = Segment.spareName(segment.generation()) + ".new";
        files.createZeroed(temporary, segment.capacityBytes());
        writeHeader(temporary, segment.header());
        files.rename(temporary, segment.fileName());
        files.syncDirectory();
        LOG.warn("Put an empty segment in the place of {}", segment.fileName());
    }

    private void writeHeader(String fileName, SegmentHeader header) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(Blocks.BLOCK_BYTES + files.alignmentBytes())
                .alignedSlice(files.alignmentBytes())
                .slice(0, Blocks.BLOCK_BYTES);
        header.writeTo(block);
        try (JournalFile file = files.openForWriting(fileName)) {
            file.writeDurably(block, 0);
        }
    }

    /**
     * Begins the new segment.
     *
     * @return what goes on from there
     */
    RecoveredLog continueIn(SegmentSupply.Ready next, Collection<ShardTail> tails) throws IOException {
        Segment segment = next.segment();
        LongRanges sequences = acceptedSequences(log.losses(), log.nextSequence());
        int bytes =
                BatchHeader.BYTES + tails.size() * RecordView.HEADER_BYTES + BatchBuilder.lossAcceptedBytes(sequences);
        var batch = new BatchBuilder(Blocks.roundUp(bytes), files.alignmentBytes());
        batch.begin(segment.salt(), segment.generation(), Blocks.roundUp(bytes));
        for (ShardTail tail : tails) {
            batch.addShardTail(tail.shard(), tail.lastIndex(), tail.epoch());
        }
        batch.addLossAccepted(sequences);
        ByteBuffer written =
                batch.finish(log.nextSequence(), log.segments().oldest().generation(), wallClockMillis.getAsLong());
        int length = written.remaining();
        next.file().writeDurably(written, segment.endPosition());
        segment.endsAt(segment.endPosition() + length);
        log.segments().add(segment);
        LOG.warn("The journal goes on in {}, from batch {}", segment.fileName(), log.nextSequence());
        return log.continuedAt(log.nextSequence() + 1);
    }

    /** Where nothing but a header or the oldest segments were damaged, no batch is named: only the new batch itself. */
    private static LongRanges acceptedSequences(List<Damage> losses, long nextSequence) {
        SortedMap<Long, Long> lastByFirst = new TreeMap<>();
        for (Damage loss : losses) {
            if (loss.lastSequence() > 0) {
                lastByFirst.merge(loss.firstSequence(), loss.lastSequence(), Math::max);
            }
        }
        if (lastByFirst.isEmpty()) {
            return LongRanges.of(nextSequence);
        }
        var bounds = new long[2 * lastByFirst.size()];
        int used = 0;
        for (var range : lastByFirst.entrySet()) {
            if (used > 0 && range.getKey() <= bounds[used - 1]) {
                bounds[used - 1] = Math.max(bounds[used - 1], range.getValue());
            } else {
                bounds[used++] = range.getKey();
                bounds[used++] = range.getValue();
            }
        }
        return LongRanges.ofBounds(Arrays.copyOf(bounds, used));
    }
}
