package dev.godwit.storage.format;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The first 64 bytes of a batch. A batch is what was written and synced in one go; it is valid as a whole or not at
 * all. Refilled by each {@link #read}; owned by whoever reads.
 */
public final class BatchHeader {
    public static final int BYTES = 64;

    private static final int MAGIC_VALUE = 0x47574254; // GWBT

    private static final int CRC = 4;
    private static final int SEQUENCE = 8;
    private static final int DURABLE_SEQUENCE = 16;
    private static final int GENERATION = 24;
    private static final int OLDEST_GENERATION = 32;
    private static final int BATCH_BYTES = 40;
    private static final int RECORD_COUNT = 44;
    private static final int RECORDS_DIGEST = 48;
    private static final int WRITTEN_AT = 56;

    private final Checksum checksum = new Checksum();

    private long sequence;
    private long durableSequence;
    private long oldestGeneration;
    private int batchBytes;
    private int recordCount;
    private int recordsDigest;
    private long writtenAtMillis;

    /** Whether a batch of the segment may begin at {@code offset}: a recycled or zero block says no. */
    public static boolean begins(ByteBuffer buffer, int offset, long generation) {
        return buffer.limit() - offset >= BYTES
                && buffer.getInt(offset) == MAGIC_VALUE
                && buffer.getLong(offset + GENERATION) == generation;
    }

    /** Fills this from the bytes at {@code offset}; null when they verify, else what is wrong with them. */
    public @Nullable String read(ByteBuffer buffer, int offset, int salt) {
        if (buffer.limit() - offset < BYTES || buffer.getInt(offset) != MAGIC_VALUE) {
            return "no batch begins here";
        }
        int crc = checksum.of(buffer, offset + SEQUENCE, offset + BYTES) ^ salt;
        if (crc != buffer.getInt(offset + CRC)) {
            return "the batch header does not match its checksum";
        }
        sequence = buffer.getLong(offset + SEQUENCE);
        durableSequence = buffer.getLong(offset + DURABLE_SEQUENCE);
        oldestGeneration = buffer.getLong(offset + OLDEST_GENERATION);
        batchBytes = buffer.getInt(offset + BATCH_BYTES);
        recordCount = buffer.getInt(offset + RECORD_COUNT);
        recordsDigest = buffer.getInt(offset + RECORDS_DIGEST);
        writtenAtMillis = buffer.getLong(offset + WRITTEN_AT);
        return batchBytes < BYTES ? "the batch header has an impossible length of " + batchBytes : null;
    }

    static void write(
            ByteBuffer buffer,
            Checksum checksum,
            int salt,
            long generation,
            long sequence,
            long oldestGeneration,
            int batchBytes,
            int recordCount,
            int recordsDigest,
            long writtenAtMillis) {
        buffer.putInt(0, MAGIC_VALUE);
        buffer.putLong(SEQUENCE, sequence);
        buffer.putLong(DURABLE_SEQUENCE, sequence - 1);
        buffer.putLong(GENERATION, generation);
        buffer.putLong(OLDEST_GENERATION, oldestGeneration);
        buffer.putInt(BATCH_BYTES, batchBytes);
        buffer.putInt(RECORD_COUNT, recordCount);
        buffer.putInt(RECORDS_DIGEST, recordsDigest);
        buffer.putInt(RECORDS_DIGEST + Integer.BYTES, 0);
        buffer.putLong(WRITTEN_AT, writtenAtMillis);
        buffer.putInt(CRC, checksum.of(buffer, SEQUENCE, BYTES) ^ salt);
    }

    /** 1, 2, 3 … through all segments of the journal. */
    public long sequence() {
        return sequence;
    }

    /** The watermark: every batch up to this one was on stable storage before this one was written. */
    public long durableSequence() {
        return durableSequence;
    }

    /** Segments of older generations were not needed any more when this batch was written. */
    public long oldestGeneration() {
        return oldestGeneration;
    }

    /** Header and records; the batch occupies as many whole blocks as that takes. */
    public int batchBytes() {
        return batchBytes;
    }

    public int recordCount() {
        return recordCount;
    }

    /** Wall clock when the batch was written, milliseconds since the epoch. */
    public long writtenAtMillis() {
        return writtenAtMillis;
    }

    int recordsDigest() {
        return recordsDigest;
    }
}
