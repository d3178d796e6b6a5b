package dev.godwit.storage.format;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes one record at a time into batches: whole when it is small, in pieces over as many batches and segments as it
 * takes when it is large. Owned by the writer thread.
 */
public final class RecordCutter {
    private final int chunkBytes;
    private final RecordBody body = new RecordBody();

    private @Nullable JournalRecord record;
    private int shard;
    private long index;
    private long epoch;
    private byte flags;
    private int written;
    private int chunks;

    /** @param chunkBytes the longest body, or piece of one, in a single record */
    public RecordCutter(int chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    /**
     * Begins with a record.
     *
     * @param moved it was written before, and is written once more
     */
    public void start(int shard, long index, long epoch, JournalRecord record, boolean moved) {
        start(shard, index, epoch, record, moved ? RecordView.FLAG_MOVED : 0);
    }

    /** Begins with a record of a state that comes from elsewhere. */
    public void startStaged(int shard, long index, long epoch, JournalRecord record) {
        start(shard, index, epoch, record, (byte) (RecordView.FLAG_MOVED | RecordView.FLAG_STAGED));
    }

    private void start(int shard, long index, long epoch, JournalRecord record, byte flags) {
        this.flags = flags;
        this.shard = shard;
        this.index = index;
        this.epoch = epoch;
        this.record = record;
        body.show(record);
        written = 0;
        chunks = 0;
    }

    /** True once a piece of the record has been written, until the record is complete. */
    public boolean isWithinRecord() {
        return chunks > 0;
    }

    /** What the next piece takes in a batch. */
    public int nextPieceBytes() {
        int rest = body.bytes() - written;
        if (rest > chunkBytes) {
            return RecordView.HEADER_BYTES + RecordView.CHUNK_PREFIX_BYTES + chunkBytes;
        }
        return RecordView.HEADER_BYTES + (chunks == 0 ? 0 : RecordView.LAST_PIECE_PREFIX_BYTES) + rest;
    }

    /** Writes as much as fits. True when the record is complete, false when the batch is full. */
    public boolean writeTo(BatchBuilder batch) {
        JournalRecord current = record;
        if (current == null) {
            throw new IllegalStateException("no record was started");
        }
        batch.flags(flags);
        while (batch.hasRoomFor(nextPieceBytes())) {
            if (body.bytes() - written > chunkBytes) {
                batch.addChunk(shard, index, epoch, chunks, body, written, chunkBytes);
                written += chunkBytes;
                chunks++;
                continue;
            }
            if (chunks == 0) {
                batch.addWhole(current.typeId(), shard, index, epoch, body);
            } else {
                batch.addLastPiece(current.typeId(), shard, index, epoch, chunks, body, written);
            }
            finish();
            return true;
        }
        return false;
    }

    private void finish() {
        record = null;
        chunks = 0;
        body.clear();
    }
}
