package dev.godwit.storage.format;

import java.nio.ByteBuffer;

/**
 * Finds records in bytes whose batch does not verify any more: each carries a checksum of its own, bound to its segment.
 * Owned by whoever reads.
 */
public final class RecordSearch {
    /** No record is longer: a larger body is cut into pieces, or was never one record. */
    public static final int RECORD_BYTES_MAX = 1024 * 1024;

    private final RecordView record = new RecordView();

    /** The offset of the first record that verifies, begins at {@code from} or later and ends by {@code end}; or -1. */
    public int next(ByteBuffer buffer, int from, int end, int salt) {
        for (int at = from; end - at >= RecordView.HEADER_BYTES; at++) {
            if (buffer.getShort(at + RecordView.MAGIC) == RecordView.MAGIC_VALUE
                    && buffer.getInt(at + RecordView.LENGTH) <= RECORD_BYTES_MAX
                    && record.read(buffer, at, end, salt) == null) {
                return at;
            }
        }
        return -1;
    }

    /** What {@link #next} found. */
    public RecordView record() {
        return record;
    }
}
