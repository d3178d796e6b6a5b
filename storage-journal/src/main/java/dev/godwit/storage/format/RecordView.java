package dev.godwit.storage.format;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A window on one record of a batch: its header, and where its body lies. Refilled by each {@link #read}; owned by
 * whoever reads.
 */
public final class RecordView {
    /** Of a record's header. */
    public static final int HEADER_BYTES = 32;

    /** A record's body before this many bytes of chunk bookkeeping. */
    static final int LAST_PIECE_PREFIX_BYTES = 12;

    static final int CHUNK_PREFIX_BYTES = 4;

    static final short MAGIC_VALUE = 0x4752; // GR
    static final byte FLAG_MOVED = 1;
    static final byte FLAG_LAST_PIECE = 2;
    static final byte FLAG_STAGED = 4;

    static final int MAGIC = 4;
    static final int TYPE = 6;
    static final int FLAGS = 7;
    static final int LENGTH = 8;
    static final int SHARD = 12;
    static final int INDEX = 16;
    static final int EPOCH = 24;

    private final Checksum checksum = new Checksum();

    private int offset;
    private int bytes;
    private int checksumFound;
    private byte type;
    private byte flags;
    private int shard;
    private long index;
    private long epoch;

    /** Fills this from the record at {@code offset}, which ends at {@code end} at the latest; null, or what is wrong. */
    public @Nullable String read(ByteBuffer buffer, int offset, int end, int salt) {
        if (end - offset < HEADER_BYTES) {
            return "the batch ends within a record header";
        }
        if (buffer.getShort(offset + MAGIC) != MAGIC_VALUE) {
            return "no record begins here";
        }
        int length = buffer.getInt(offset + LENGTH);
        if (length < HEADER_BYTES || length > end - offset) {
            return "a record has an impossible length of " + length;
        }
        checksumFound = buffer.getInt(offset);
        if ((checksum.of(buffer, offset + MAGIC, offset + length) ^ salt) != checksumFound) {
            return "a record does not match its checksum";
        }
        show(buffer, offset);
        return null;
    }

    /** What the record at {@code offset} says of its length, verified or not; 0 when no record begins there. */
    public static int bytesAt(ByteBuffer buffer, int offset) {
        return buffer.getShort(offset + MAGIC) == MAGIC_VALUE ? buffer.getInt(offset + LENGTH) : 0;
    }

    /** Fills this from a record that has been verified before. */
    public void show(ByteBuffer buffer, int offset) {
        this.offset = offset;
        bytes = buffer.getInt(offset + LENGTH);
        checksumFound = buffer.getInt(offset);
        type = buffer.get(offset + TYPE);
        flags = buffer.get(offset + FLAGS);
        shard = buffer.getInt(offset + SHARD);
        index = buffer.getLong(offset + INDEX);
        epoch = buffer.getLong(offset + EPOCH);
    }

    /** Where the record begins in the buffer. */
    public int offset() {
        return offset;
    }

    /** The record's whole length. */
    public int bytes() {
        return bytes;
    }

    int checksumFound() {
        return checksumFound;
    }

    public byte type() {
        return type;
    }

    public int shard() {
        return shard;
    }

    public long index() {
        return index;
    }

    public long epoch() {
        return epoch;
    }

    /** A copy of an older record, made so that the older one's segment could be freed. */
    public boolean isMoved() {
        return (flags & FLAG_MOVED) != 0;
    }

    /** A copy that counts when all of the state is there that it belongs to. It is {@linkplain #isMoved moved}, too. */
    public boolean isStaged() {
        return (flags & FLAG_STAGED) != 0;
    }

    /** The parts before this one are in CHUNK records. */
    public boolean isLastPiece() {
        return (flags & FLAG_LAST_PIECE) != 0;
    }

    /** Of a CHUNK: 0, 1, 2 … */
    public int chunkNumber(ByteBuffer buffer) {
        return buffer.getInt(offset + HEADER_BYTES);
    }

    /** Of a last piece: how many CHUNK records come before it. */
    public int chunkCount(ByteBuffer buffer) {
        return buffer.getInt(offset + HEADER_BYTES);
    }

    /** Of a last piece: length of the joined body. */
    public long joinedBytes(ByteBuffer buffer) {
        return buffer.getLong(offset + HEADER_BYTES + Integer.BYTES);
    }

    /** Where the body begins that {@link RecordDecoder} understands, or the piece of it. */
    public int bodyOffset() {
        if (type == RecordType.CHUNK) {
            return offset + HEADER_BYTES + CHUNK_PREFIX_BYTES;
        }
        return offset + HEADER_BYTES + (isLastPiece() ? LAST_PIECE_PREFIX_BYTES : 0);
    }

    public int bodyBytes() {
        return offset + bytes - bodyOffset();
    }
}
