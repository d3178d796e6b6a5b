package dev.godwit.storage.format;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first block of a segment file: which journal it belongs to, and which place it has there.
 *
 * @param journalId made once with the journal; an emptied directory becomes another journal
 * @param generation 1, 2, 3 …: the segment's number, never used twice in a journal
 * @param segmentBytes the file's whole length
 * @param createdAtMillis wall clock, milliseconds since the epoch
 */
public record SegmentHeader(UUID journalId, long generation, long segmentBytes, long createdAtMillis) {
    public static final int FORMAT_VERSION = 1;

    private static final long MAGIC = 0x474F445749544A4CL; // GODWITJL

    /** Of the header; the rest of its block is zeros. */
    public static final int BYTES = 64;

    private static final int VERSION = 8;
    private static final int HEADER_BYTES = 12;
    private static final int JOURNAL_ID = 16;
    private static final int GENERATION = 32;
    private static final int SEGMENT_BYTES = 40;
    private static final int CREATED_AT = 48;
    private static final int CRC = 60;

    /** Fills the first block of {@code block}, from its index 0, and leaves it ready to be written. */
    public void writeTo(ByteBuffer block) {
        block.clear().limit(Blocks.BLOCK_BYTES);
        for (int i = 0; i < Blocks.BLOCK_BYTES; i += Long.BYTES) {
            block.putLong(i, 0);
        }
        block.putLong(0, MAGIC);
        block.putInt(VERSION, FORMAT_VERSION);
        block.putInt(HEADER_BYTES, BYTES);
        block.putLong(JOURNAL_ID, journalId.getMostSignificantBits());
        block.putLong(JOURNAL_ID + 8, journalId.getLeastSignificantBits());
        block.putLong(GENERATION, generation);
        block.putLong(SEGMENT_BYTES, segmentBytes);
        block.putLong(CREATED_AT, createdAtMillis);
        block.putInt(CRC, new Checksum().of(block, 0, CRC));
    }

    /** Reads from index 0 of {@code block}, which holds at least one block. */
    public static SegmentHeader read(ByteBuffer block) throws DamagedFormatException {
        if (block.limit() < BYTES) {
            throw DamagedFormatException.damaged("the segment header is cut short at " + block.limit() + " bytes");
        }
        boolean verifies = new Checksum().of(block, 0, CRC) == block.getInt(CRC);
        if (block.getLong(0) != MAGIC) {
            String text = "this is not a journal segment: its first bytes are %016x".formatted(block.getLong(0));
            throw verifies ? DamagedFormatException.foreign(text) : DamagedFormatException.damaged(text);
        }
        int version = block.getInt(VERSION);
        if (version != FORMAT_VERSION && verifies) {
            throw DamagedFormatException.foreign(
                    "format version " + version + " is unknown; this release reads version " + FORMAT_VERSION);
        }
        if (!verifies) {
            throw DamagedFormatException.damaged("the segment header does not match its checksum");
        }
        return new SegmentHeader(
                new UUID(block.getLong(JOURNAL_ID), block.getLong(JOURNAL_ID + 8)),
                block.getLong(GENERATION),
                block.getLong(SEGMENT_BYTES),
                block.getLong(CREATED_AT));
    }

    /** Binds checksums to this segment. */
    public int salt() {
        return Checksum.salt(journalId, generation);
    }
}
