package dev.godwit.storage.format;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;

/**
 * Lays out one batch after another in the same aligned buffer, which then goes to the disk as it is. Owned by the writer
 * thread.
 */
public final class BatchBuilder {
    private final ByteBuffer buffer;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(Blocks.BLOCK_BYTES);
    private final Checksum checksum = new Checksum();
    private final BodyInPlace bodyInPlace = new BodyInPlace();

    private int salt;
    private long generation;
    private int limitBytes;
    private int usedBytes = BatchHeader.BYTES;
    private int recordCount;
    private int recordsDigest;

    /**
     * @param capacityBytes of the largest batch, a multiple of {@link Blocks#BLOCK_BYTES}
     * @param alignmentBytes what the buffer's address must be a multiple of for direct I/O, a power of two
     */
    public BatchBuilder(int capacityBytes, int alignmentBytes) {
        if (capacityBytes % Blocks.BLOCK_BYTES != 0) {
            throw new IllegalArgumentException("capacityBytes is no multiple of a block: " + capacityBytes);
        }
        buffer = ByteBuffer.allocateDirect(capacityBytes + alignmentBytes)
                .alignedSlice(alignmentBytes)
                .slice(0, capacityBytes);
        this.limitBytes = capacityBytes;
    }

    /** Begins an empty batch of at most {@code limitBytes}, bound to a segment. */
    public void begin(int salt, long generation, int limitBytes) {
        buffer.clear();
        this.salt = salt;
        this.generation = generation;
        this.limitBytes = Math.min(limitBytes, buffer.capacity());
        usedBytes = BatchHeader.BYTES;
        recordCount = 0;
        recordsDigest = 0;
    }

    public boolean isEmpty() {
        return recordCount == 0;
    }

    public int recordCount() {
        return recordCount;
    }

    public int usedBytes() {
        return usedBytes;
    }

    /** Whether a record of this many bytes, header included, still fits. */
    public boolean hasRoomFor(int recordBytes) {
        return recordBytes <= limitBytes - usedBytes;
    }

    /** Narrows or widens the batch that is being laid out, within the buffer. */
    public void limit(int limitBytes) {
        this.limitBytes = Math.min(limitBytes, buffer.capacity());
    }

    /** Adds how far a shard has come. The caller has asked {@link #hasRoomFor}. */
    public void addShardTail(int shard, long lastIndex, long epoch) {
        addMark(RecordType.SHARD_TAIL, shard, lastIndex, epoch);
    }

    /** Adds that a majority has a shard's log up to an entry. The caller has asked {@link #hasRoomFor}. */
    public void addCommitted(int shard, long index, long epochOfIndex) {
        addMark(RecordType.COMMITTED, shard, index, epochOfIndex);
    }

    /** Adds that the end of a shard's log was dropped. The caller has asked {@link #hasRoomFor}. */
    public void addTruncation(int shard, long fromIndex, long epoch) {
        addMark(RecordType.TRUNCATE, shard, fromIndex, epoch);
    }

    /** Adds that the state of a shard begins to come from elsewhere. The caller has asked {@link #hasRoomFor}. */
    public void addStateBegun(int shard, long index, long epochOfIndex) {
        addMark(RecordType.STATE_BEGUN, shard, index, epochOfIndex);
    }

    /** Adds that all of that state is there. The caller has asked {@link #hasRoomFor}. */
    public void addStateInstalled(int shard, long index, long epochOfIndex) {
        addMark(RecordType.STATE_INSTALLED, shard, index, epochOfIndex);
    }

    private void addMark(byte type, int shard, long index, long epoch) {
        int bytes = RecordView.HEADER_BYTES;
        int offset = usedBytes;
        putHeader(offset, type, (byte) 0, bytes, shard, index, epoch);
        seal(offset, bytes);
    }

    /** Adds that the loss of these batches was accepted. The caller has asked {@link #hasRoomFor}. */
    public void addLossAccepted(LongRanges sequences) {
        int bytes = lossAcceptedBytes(sequences);
        int offset = usedBytes;
        putHeader(offset, RecordType.LOSS_ACCEPTED, (byte) 0, bytes, 0, 0, 0);
        int at = offset + RecordView.HEADER_BYTES;
        buffer.putInt(at, sequences.count());
        at += Integer.BYTES;
        for (int range = 0; range < sequences.count(); range++) {
            buffer.putLong(at, sequences.first(range));
            buffer.putLong(at + Long.BYTES, sequences.last(range));
            at += 2 * Long.BYTES;
        }
        seal(offset, bytes);
    }

    /** What {@link #addLossAccepted} takes in a batch. */
    public static int lossAcceptedBytes(LongRanges sequences) {
        return RecordView.HEADER_BYTES + Integer.BYTES + 2 * Long.BYTES * sequences.count();
    }

    /**
     * Adds a record in one piece. The caller has asked {@link #hasRoomFor}.
     *
     * @param bytes what the record takes, header included
     */
    void addWhole(JournalRecord record, int bytes, byte flags, int shard, long index, long epoch) {
        int offset = usedBytes;
        putHeader(offset, record.typeId(), flags, bytes, shard, index, epoch);
        buffer.position(offset + RecordView.HEADER_BYTES);
        record.replayTo(bodyInPlace, index);
        if (buffer.position() != offset + bytes) {
            throw new IllegalStateException(
                    record.getClass() + " takes " + (buffer.position() - offset) + " bytes, not " + bytes);
        }
        seal(offset, bytes);
    }

    void addChunk(byte flags, int shard, long index, long epoch, int number, RecordBody body, int from, int length) {
        int prefix = RecordView.CHUNK_PREFIX_BYTES;
        int bytes = RecordView.HEADER_BYTES + prefix + length;
        int offset = usedBytes;
        putHeader(offset, RecordType.CHUNK, flags, bytes, shard, index, epoch);
        buffer.putInt(offset + RecordView.HEADER_BYTES, number);
        body.copyTo(buffer, offset + RecordView.HEADER_BYTES + prefix, from, length);
        seal(offset, bytes);
    }

    void addLastPiece(
            byte type, byte flags, int shard, long index, long epoch, int chunkCount, RecordBody body, int from) {
        int prefix = RecordView.LAST_PIECE_PREFIX_BYTES;
        int length = body.bytes() - from;
        int bytes = RecordView.HEADER_BYTES + prefix + length;
        int offset = usedBytes;
        putHeader(offset, type, (byte) (RecordView.FLAG_LAST_PIECE | flags), bytes, shard, index, epoch);
        buffer.putInt(offset + RecordView.HEADER_BYTES, chunkCount);
        buffer.putLong(offset + RecordView.HEADER_BYTES + Integer.BYTES, body.bytes());
        body.copyTo(buffer, offset + RecordView.HEADER_BYTES + prefix, from, length);
        seal(offset, bytes);
    }

    /**
     * Adds a copy of an older record, marked as such. The caller has asked {@link #hasRoomFor}.
     *
     * @param type the record's own, or what it has become
     */
    public void addMoved(ByteBuffer source, RecordView record, byte type) {
        int offset = usedBytes;
        buffer.put(offset, source, record.offset(), record.bytes());
        buffer.put(offset + RecordView.TYPE, type);
        int flags = buffer.get(offset + RecordView.FLAGS) & ~RecordView.FLAG_STAGED;
        buffer.put(offset + RecordView.FLAGS, (byte) (flags | RecordView.FLAG_MOVED));
        seal(offset, record.bytes());
    }

    /** Completes the batch: the bytes to write, whole blocks. Valid until the next {@link #begin}. */
    public ByteBuffer finish(long sequence, long oldestGeneration, long writtenAtMillis) {
        int batchBytes = usedBytes;
        int blockBytes = Blocks.roundUp(batchBytes);
        buffer.put(batchBytes, zeros, 0, blockBytes - batchBytes);
        BatchHeader.write(
                buffer,
                checksum,
                salt,
                generation,
                sequence,
                oldestGeneration,
                batchBytes,
                recordCount,
                recordsDigest,
                writtenAtMillis);
        return buffer.limit(blockBytes).position(0);
    }

    private void putHeader(int offset, byte type, byte flags, int bytes, int shard, long index, long epoch) {
        buffer.putShort(offset + RecordView.MAGIC, RecordView.MAGIC_VALUE);
        buffer.put(offset + RecordView.TYPE, type);
        buffer.put(offset + RecordView.FLAGS, flags);
        buffer.putInt(offset + RecordView.LENGTH, bytes);
        buffer.putInt(offset + RecordView.SHARD, shard);
        buffer.putLong(offset + RecordView.INDEX, index);
        buffer.putLong(offset + RecordView.EPOCH, epoch);
    }

    private void seal(int offset, int bytes) {
        int crc = checksum.of(buffer, offset + RecordView.MAGIC, offset + bytes) ^ salt;
        buffer.putInt(offset, crc);
        usedBytes = offset + bytes;
        recordCount++;
        recordsDigest = Checksum.fold(recordsDigest, crc);
    }

    /** Puts a body where the batch's buffer stands. */
    private final class BodyInPlace extends BodyLayout {
        @Override
        ByteBuffer fields(int bytes) {
            return buffer;
        }

        @Override
        void payload(ByteBuffer bytes) {
            int at = buffer.position();
            buffer.put(at, bytes, bytes.position(), bytes.remaining()).position(at + bytes.remaining());
        }
    }
}
