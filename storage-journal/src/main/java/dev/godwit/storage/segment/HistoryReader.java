package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what came to a queue out of the segments that are kept, consumed or not. Copies that were moved are passed over:
 * the past is in its first place. Owned by the reading thread.
 */
final class HistoryReader {
    private static final int INDICES_KEPT = 64;

    private final FileLayer files;
    private final UUID journalId;

    /** Of sealed segments, by generation. */
    private final Map<Long, Optional<SegmentIndex>> indices = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Optional<SegmentIndex>> eldest) {
            return size() > INDICES_KEPT;
        }
    };

    HistoryReader(FileLayer files, UUID journalId) {
        this.files = files;
        this.journalId = journalId;
    }

    /** Fills the request as far as there is something, or it is full. */
    void read(HistoryRequest request) {
        var collector = new Collector(request);
        var scanner = new FactScanner(collector);
        try (var reader = new SegmentReader(files)) {
            for (Segment segment : request.segments()) {
                if (!scan(request, segment, reader, scanner)) {
                    request.cutShort();
                    return;
                }
            }
        } catch (IOException e) {
            request.missed(String.valueOf(e.getMessage()));
        }
    }

    /** False when the request is full. */
    private boolean scan(HistoryRequest request, Segment segment, SegmentReader reader, FactScanner scanner)
            throws IOException {
        long at = begin(request, segment);
        if (at < 0 || segment.isMissing()) {
            return true;
        }
        try {
            reader.open(segment);
        } catch (IOException e) {
            // It was given up meanwhile.
            request.missed(segment.fileName() + " cannot be read: " + e);
            return true;
        }
        reader.readOnlyUpTo(request.endOf(segment));
        while (at < request.endOf(segment)) {
            if (!reader.batchOrHoleAt(at)) {
                request.missed(segment.fileName() + " at offset " + at + ": " + reader.problem());
                return true;
            }
            scanner.scan(reader);
            at += reader.batchBlockBytes();
            if (request.isFull()) {
                return false;
            }
        }
        return true;
    }

    /** Where to begin in the segment; less than 0 when it has nothing. */
    private long begin(HistoryRequest request, Segment segment) throws IOException {
        SegmentIndex index = request.isCurrent(segment) ? null : indexOf(segment.generation());
        if (index == null) {
            return Blocks.BLOCK_BYTES;
        }
        SegmentIndex.Span span = index.span(request.shard(), request.queueId());
        if (span == null || !span.hasAny(request.afterIndex(), request.fromTimeMillis())) {
            return -1;
        }
        return span.offsetOf(request.afterIndex(), request.fromTimeMillis());
    }

    private @Nullable SegmentIndex indexOf(long generation) throws IOException {
        Optional<SegmentIndex> known = indices.get(generation);
        if (known == null) {
            known = Optional.ofNullable(SegmentIndex.read(files, journalId, generation));
            if (known.isPresent()) {
                indices.put(generation, known);
            }
        }
        return known.orElse(null);
    }

    private static final class Collector implements FactScanner.Listener {
        private final HistoryRequest request;

        Collector(HistoryRequest request) {
            this.request = request;
        }

        @Override
        public void onFact(Fact fact) {
            if (fact.moved() || fact.shard() != request.shard() || fact.index() <= request.afterIndex()) {
                return;
            }
            if (fact.record() instanceof JournalRecord.MessageEnqueued message) {
                if (isWanted(message.queueId(), message.arrivalTimeMillis())) {
                    request.found(
                            fact.index(),
                            new JournalRecord.MessageEnqueued(
                                    message.queueId(),
                                    message.arrivalTimeMillis(),
                                    message.expiryTimeMillis(),
                                    message.attributes(),
                                    message.notBeforeMillis(),
                                    copyOf(message.body())));
                }
            } else if (fact.record() instanceof JournalRecord.MessagePart part) {
                if (part.queueId() == request.queueId()) {
                    request.found(fact.index(), new JournalRecord.MessagePart(part.queueId(), copyOf(part.body())));
                }
            } else if (fact.record() instanceof JournalRecord.LargeMessageEnqueued large
                    && isWanted(large.queueId(), large.arrivalTimeMillis())) {
                request.found(fact.index(), large);
            }
        }

        @Override
        public void onCommitted(int shard, long index, long epoch) {
            // Nobody asks for the past of such a shard: some of it never was.
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

        private boolean isWanted(long queueId, long arrivalMillis) {
            return queueId == request.queueId() && arrivalMillis >= request.fromTimeMillis();
        }

        private static ByteBuffer copyOf(ByteBuffer body) {
            return ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
        }

        @Override
        public void onShardTail(int shard, long lastIndex, long epoch) {
            // Of no interest to a reader of the past.
        }

        @Override
        public void onLossAccepted(LongRanges sequences) {
            // What is lost leaves a gap.
        }
    }
}
