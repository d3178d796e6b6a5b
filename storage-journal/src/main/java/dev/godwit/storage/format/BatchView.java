package dev.godwit.storage.format;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Checks a whole batch and walks over its records. Refilled by each {@link #verify}; owned by whoever reads. */
public final class BatchView {
    private final BatchHeader header = new BatchHeader();
    private final RecordView record = new RecordView();

    private int end;
    private int next;

    public BatchHeader header() {
        return header;
    }

    /** The record that {@link #nextRecord} found. */
    public RecordView record() {
        return record;
    }

    /** Verifies the batch at {@code offset}, all of which is in {@code buffer}; null when it is whole, or what is wrong. */
    public @Nullable String verify(ByteBuffer buffer, int offset, int salt) {
        String problem = header.read(buffer, offset, salt);
        if (problem != null) {
            return problem;
        }
        if (header.batchBytes() > buffer.limit() - offset) {
            return "the batch is longer than the segment";
        }
        end = offset + header.batchBytes();
        int at = offset + BatchHeader.BYTES;
        int digest = 0;
        for (int number = 0; number < header.recordCount(); number++) {
            problem = record.read(buffer, at, end, salt);
            if (problem != null) {
                return problem + " (record " + (number + 1) + " of " + header.recordCount() + ", " + (at - offset)
                        + " bytes into the batch)";
            }
            digest = Checksum.fold(digest, record.checksumFound());
            at += record.bytes();
        }
        if (at != end) {
            return "the batch has " + (end - at) + " bytes after its last record";
        }
        if (digest != header.recordsDigest()) {
            return "the batch mixes records of two writes";
        }
        next = offset + BatchHeader.BYTES;
        return null;
    }

    /** No batch is verified any more: there is no next record. */
    public void forget() {
        end = 0;
        next = 0;
    }

    /** Moves on to the next record of the verified batch; false after the last one. */
    public boolean nextRecord(ByteBuffer buffer) {
        if (next >= end) {
            return false;
        }
        record.show(buffer, next);
        next += record.bytes();
        return true;
    }
}
