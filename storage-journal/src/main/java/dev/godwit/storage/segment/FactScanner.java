package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordDecoder;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Turns verified batches back into facts, and joins large ones. Owned by one thread; batches come in order. */
final class FactScanner {
    /** Who wants to know. */
    interface Listener {
        /** Asked before a record is decoded. */
        boolean wants(int shard, boolean moved);

        /** The record's bytes belong to it: they do not change afterwards. */
        void onFact(Fact fact);

        /** A shard had come this far, whether or not the records themselves are still there. */
        void onShardTail(int shard, long lastIndex, long epoch);

        /** An operator has accepted that what these batches held is lost. */
        void onLossAccepted(LongRanges sequences);
    }

    private final ChunkJoiner joiner = new ChunkJoiner();
    private final Listener listener;

    FactScanner(Listener listener) {
        this.listener = listener;
    }

    /** Scans the batch that {@code reader} has just found. */
    void scan(SegmentReader reader) throws IOException {
        while (reader.nextRecord()) {
            scanRecord(reader);
        }
    }

    /** Scans the record that {@code reader} has just moved on to. */
    void scanRecord(SegmentReader reader) throws IOException {
        scanRecord(reader, reader.record(), reader.recordPosition());
    }

    /** Scans one record, or one piece of a record, of the segment that {@code reader} has open. */
    void scanPiece(SegmentReader reader, long offset) throws IOException {
        scanRecord(reader, reader.recordAt(offset), offset);
    }

    private void scanRecord(SegmentReader reader, RecordView view, long offset) throws CorruptJournalException {
        try {
            onRecord(reader, view, new PiecePosition(reader.segment().generation(), offset));
        } catch (DamagedFormatException e) {
            if (e.isForeign()) {
                throw CorruptJournalException.foreign(
                        reader.segment().fileName(), e.getMessage() + " at offset " + offset);
            }
            throw CorruptJournalException.at(reader.segment().fileName(), offset, String.valueOf(e.getMessage()));
        }
    }

    private void onRecord(SegmentReader reader, RecordView view, PiecePosition position) throws DamagedFormatException {
        if (view.type() == RecordType.SHARD_TAIL) {
            listener.onShardTail(view.shard(), view.index(), view.epoch());
            return;
        }
        if (view.type() == RecordType.LOSS_ACCEPTED) {
            listener.onLossAccepted(RecordDecoder.decodeLossAccepted(bodyOf(reader.bytes(), view)));
            return;
        }
        boolean moved = view.isMoved();
        if (!listener.wants(view.shard(), moved)) {
            return;
        }
        if (view.type() == RecordType.CHUNK) {
            joiner.add(view, reader.bytes(), position);
            return;
        }
        if (view.isLastPiece()) {
            ChunkJoiner.Joined joined = joiner.finish(view, reader.bytes(), position);
            if (joined == null) {
                listener.onShardTail(view.shard(), view.index(), view.epoch());
            } else {
                onFact(view, joined.body(), joined.pieces(), joined.bytes());
            }
            return;
        }
        joiner.abandon(view.shard(), moved);
        onFact(view, bodyOf(reader.bytes(), view), List.of(position), view.bytes());
    }

    private void onFact(RecordView view, ByteBuffer body, List<PiecePosition> pieces, long bytes)
            throws DamagedFormatException {
        listener.onFact(new Fact(
                view.shard(),
                view.index(),
                view.epoch(),
                view.isMoved(),
                RecordDecoder.decode(view.type(), body),
                pieces,
                bytes));
    }

    private static ByteBuffer bodyOf(ByteBuffer buffer, RecordView view) {
        var body = new byte[view.bodyBytes()];
        buffer.get(view.bodyOffset(), body);
        return ByteBuffer.wrap(body);
    }
}
