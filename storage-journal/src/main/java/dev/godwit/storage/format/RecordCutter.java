package dev.godwit.storage.format;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes one record at a time into batches: whole when it is small, in pieces over as many batches and segments as it
 * takes when it is large. Owned by the writer thread.
 */
public final class RecordCutter {
    private final int chunkBytes;
    private final RecordSize size = new RecordSize();
    private final RecordBody body = new RecordBody();

    /** What was begun and is not complete: its batch was full. */
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
     * Begins with a record, and writes as much as fits. True when it is complete, false when the batch is full: then
     * {@link #goOn} must follow.
     *
     * @param moved it was written before, and is written once more
     */
    public boolean write(BatchBuilder batch, int shard, long index, long epoch, JournalRecord record, boolean moved) {
        return write(batch, shard, index, epoch, record, moved ? RecordView.FLAG_MOVED : 0);
    }

    /** Like {@link #write}: a record of a state that comes from elsewhere. */
    public boolean writeStaged(BatchBuilder batch, int shard, long index, long epoch, JournalRecord record) {
        return write(batch, shard, index, epoch, record, (byte) (RecordView.FLAG_MOVED | RecordView.FLAG_STAGED));
    }

    /**
     * Design note: of a record that fits, which is nearly every one, nothing is kept here. To note who is being written costs
     * as much as to write a hundred bytes, for the collector wants to know of it.
     */
    private boolean write(BatchBuilder batch, int shard, long index, long epoch, JournalRecord next, byte nextFlags) {
        long bytes = size.of(next);
        if (bytes - RecordView.HEADER_BYTES <= chunkBytes && batch.hasRoomFor((int) bytes)) {
            batch.addWhole(next, (int) bytes, nextFlags, shard, index, epoch);
            return true;
        }
        this.shard = shard;
        this.index = index;
        this.epoch = epoch;
        flags = nextFlags;
        record = next;
        body.show(next);
        written = 0;
        chunks = 0;
        return goOn(batch);
    }

    /** True once a piece of the record has been written, until the record is complete. */
    public boolean isWithinRecord() {
        return chunks > 0;
    }

    /** Writes as much as fits of what was begun. True when that is complete, false when the batch is full. */
    public boolean goOn(BatchBuilder batch) {
        JournalRecord current = record;
        if (current == null) {
            throw new IllegalStateException("no record was begun");
        }
        while (batch.hasRoomFor(nextPieceBytes())) {
            if (body.bytes() - written > chunkBytes) {
                batch.addChunk(flags, shard, index, epoch, chunks, body, written, chunkBytes);
                written += chunkBytes;
                chunks++;
                continue;
            }
            if (chunks == 0) {
                batch.addWhole(current, nextPieceBytes(), flags, shard, index, epoch);
            } else {
                batch.addLastPiece(current.typeId(), flags, shard, index, epoch, chunks, body, written);
            }
            finish();
            return true;
        }
        return false;
    }

    /** What the next piece takes in a batch. */
    private int nextPieceBytes() {
        int rest = body.bytes() - written;
        if (rest > chunkBytes) {
            return RecordView.HEADER_BYTES + RecordView.CHUNK_PREFIX_BYTES + chunkBytes;
        }
        return RecordView.HEADER_BYTES + (chunks == 0 ? 0 : RecordView.LAST_PIECE_PREFIX_BYTES) + rest;
    }

    private void finish() {
        record = null;
        chunks = 0;
        body.clear();
    }
}
