package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordDecoder;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Turns verified batches back into facts, and joins large ones. Owned by one thread; batches come in order. */
final class FactScanner {
    /** Who wants to know. */
    interface Listener {
        /** The bytes of the record's body may change when this call returns. */
        void onFact(Fact fact) throws CorruptJournalException;

        /** A shard had come this far, whether or not the records themselves are still there. */
        void onShardTail(int shard, long lastIndex, long epoch);

        /** A majority had all entries of the shard up to that one; from here on the shard's commit is a majority's. */
        void onCommitted(int shard, long index, long epoch) throws CorruptJournalException;

        /** The entries of the shard from that one on were dropped. */
        void onTruncated(int shard, long fromIndex);

        /** The state of the shard begins to come from elsewhere, in place of one that was begun before. */
        void onStateBegun(int shard);

        /** All of it is there: it stands for all entries up to that one. */
        void onStateInstalled(int shard, long index, long epoch) throws CorruptJournalException;

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
    void scanRecord(SegmentReader reader) throws CorruptJournalException {
        long offset = reader.recordPosition();
        try {
            onRecord(reader.bytes(), reader.record(), reader.segment().generation(), offset);
        } catch (DamagedFormatException e) {
            String file = reader.segment().fileName();
            if (e.isForeign()) {
                throw CorruptJournalException.foreign(file, e.getMessage() + " at offset " + offset);
            }
            throw CorruptJournalException.at(file, offset, String.valueOf(e.getMessage()));
        }
    }

    private void onRecord(ByteBuffer buffer, RecordView view, long generation, long offset)
            throws DamagedFormatException, CorruptJournalException {
        if (view.type() == RecordType.SHARD_TAIL) {
            listener.onShardTail(view.shard(), view.index(), view.epoch());
        } else if (view.type() == RecordType.COMMITTED) {
            listener.onCommitted(view.shard(), view.index(), view.epoch());
        } else if (view.type() == RecordType.TRUNCATE) {
            joiner.abandon(view);
            listener.onTruncated(view.shard(), view.index());
        } else if (view.type() == RecordType.STATE_BEGUN) {
            listener.onStateBegun(view.shard());
        } else if (view.type() == RecordType.STATE_INSTALLED) {
            listener.onStateInstalled(view.shard(), view.index(), view.epoch());
        } else if (view.type() == RecordType.LOSS_ACCEPTED) {
            listener.onLossAccepted(RecordDecoder.decodeLossAccepted(bodyOf(buffer, view)));
        } else if (view.type() == RecordType.CHUNK) {
            joiner.add(view, buffer, generation, offset);
        } else if (view.isLastPiece()) {
            onLastPiece(buffer, view);
        } else {
            joiner.abandon(view);
            onFact(view, RecordDecoder.decode(view.type(), bodyOf(buffer, view)), generation, offset, view.bytes());
        }
    }

    private static ByteBuffer bodyOf(ByteBuffer buffer, RecordView view) {
        return buffer.slice(view.bodyOffset(), view.bodyBytes());
    }

    private void onLastPiece(ByteBuffer buffer, RecordView view)
            throws DamagedFormatException, CorruptJournalException {
        ChunkJoiner.Joined joined = joiner.finish(view, buffer);
        if (joined == null && view.isStaged()) {
            return;
        }
        if (joined == null) {
            listener.onShardTail(view.shard(), view.index(), view.epoch());
        } else {
            JournalRecord record = RecordDecoder.decode(view.type(), joined.body());
            onFact(view, record, joined.generation(), joined.offset(), joined.bytes());
        }
    }

    private void onFact(RecordView view, JournalRecord record, long generation, long offset, long bytes)
            throws CorruptJournalException {
        listener.onFact(new Fact(
                view.shard(),
                view.index(),
                view.epoch(),
                view.isMoved(),
                view.isStaged(),
                record,
                generation,
                offset,
                bytes));
    }
}
