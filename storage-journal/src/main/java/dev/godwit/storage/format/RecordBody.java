package dev.godwit.storage.format;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;

/**
 * The body of one record as bytes: fixed fields, which are laid out here, then the payload, which is only pointed at.
 * So a large body is copied once, piece by piece. Owned by one thread, reused for each record.
 */
final class RecordBody extends BodyLayout {
    private static final int FIELDS_BYTES_KEPT = 64 * 1024;
    private static final ByteBuffer NO_PAYLOAD = ByteBuffer.allocate(0);

    private ByteBuffer fields = ByteBuffer.allocate(1024);
    private ByteBuffer payload = NO_PAYLOAD;

    void show(JournalRecord record) {
        if (fields.capacity() > FIELDS_BYTES_KEPT) {
            fields = ByteBuffer.allocate(FIELDS_BYTES_KEPT);
        }
        fields.clear();
        payload = NO_PAYLOAD;
        record.replayTo(this, 0);
        fields.flip();
    }

    /** Lets go of the payload, so that it can be collected. */
    void clear() {
        payload = NO_PAYLOAD;
    }

    int bytes() {
        return fields.limit() + payload.remaining();
    }

    /** How many of the bytes are laid out here; the others are the {@link #payload}. */
    int fieldsBytes() {
        return fields.limit();
    }

    /** What is only pointed at: the record's own bytes, from position to limit. */
    ByteBuffer payload() {
        return payload;
    }

    /** Copies {@code length} bytes of this body, from {@code from} on, to {@code targetOffset}. */
    void copyTo(ByteBuffer target, int targetOffset, int from, int length) {
        int fromFields = Math.max(0, Math.min(length, fields.limit() - from));
        if (fromFields > 0) {
            target.put(targetOffset, fields, from, fromFields);
        }
        int rest = length - fromFields;
        if (rest > 0) {
            int payloadFrom = payload.position() + from + fromFields - fields.limit();
            target.put(targetOffset + fromFields, payload, payloadFrom, rest);
        }
    }

    @Override
    ByteBuffer fields(int bytes) {
        if (fields.capacity() < bytes) {
            fields = ByteBuffer.allocate(bytes);
        }
        return fields;
    }

    @Override
    void payload(ByteBuffer bytes) {
        payload = bytes;
    }
}
