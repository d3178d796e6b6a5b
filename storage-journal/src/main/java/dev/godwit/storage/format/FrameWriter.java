package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Lays out a message between replicas (docs/journal-format.md): a head of fields, then records, each as it would stand on disk
 * but whole and with salt 0. Longer bodies are pointed at, not copied: they may not change before the message is sent. Used
 * for one message; owned by one thread.
 */
public final class FrameWriter {
    static final byte VERSION = 1;

    /** Checksum, length of the head, version, kind. */
    static final int PREFIX_BYTES = 10;

    /** A shorter body costs less to copy than to be a piece of its own. */
    private static final int COPIED_BYTES_MAX = 1024;

    /** Of the laid out bytes those up to {@code end}, then a body. */
    private record Cut(int end, ByteBuffer body) {}

    private final Checksum checksum = new Checksum();
    private final CRC32C recordChecksum = new CRC32C();
    private final List<Cut> cuts = new ArrayList<>();
    private ByteBuffer buffer = ByteBuffer.allocate(256);

    /** Made with the first record: most messages have none. */
    private @Nullable RecordBody body;

    private boolean headEnded;

    public FrameWriter(byte kind) {
        buffer.putInt(0).putInt(0).put(VERSION).put(kind);
    }

    public FrameWriter putBoolean(boolean value) {
        reserve(Byte.BYTES);
        buffer.put((byte) (value ? 1 : 0));
        return this;
    }

    public FrameWriter putInt(int value) {
        reserve(Integer.BYTES);
        buffer.putInt(value);
        return this;
    }

    public FrameWriter putLong(long value) {
        reserve(Long.BYTES);
        buffer.putLong(value);
        return this;
    }

    /** As u64 u64. */
    public FrameWriter putId(UUID id) {
        return putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    /** As a u32 length and UTF-8. */
    public FrameWriter putText(String text) {
        return putBytesInHead(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    /** As a u32 length and these, from position to limit. */
    public FrameWriter putBytesInHead(ByteBuffer bytes) {
        reserve(Integer.BYTES + bytes.remaining());
        buffer.putInt(bytes.remaining()).put(bytes.duplicate());
        return this;
    }

    /** The head is complete: records follow, or nothing. */
    public FrameWriter endHead() {
        int end = buffer.position();
        buffer.putInt(Integer.BYTES, end);
        buffer.putInt(0, checksum.of(buffer, Integer.BYTES, end));
        headEnded = true;
        return this;
    }

    /** Adds a record of a shard. */
    public void putRecord(int shard, long index, long epoch, JournalRecord record) {
        if (!headEnded) {
            throw new IllegalStateException("the head of the message is not complete");
        }
        RecordBody shown = body == null ? new RecordBody() : body;
        body = shown;
        shown.show(record);
        int offset = buffer.position();
        int fieldsEnd = offset + RecordView.HEADER_BYTES + shown.fieldsBytes();
        ByteBuffer payload = shown.payload();
        boolean copied = payload.remaining() <= COPIED_BYTES_MAX;
        reserve(fieldsEnd - offset + (copied ? payload.remaining() : 0));
        buffer.putShort(offset + RecordView.MAGIC, RecordView.MAGIC_VALUE);
        buffer.put(offset + RecordView.TYPE, record.typeId());
        buffer.put(offset + RecordView.FLAGS, (byte) 0);
        buffer.putInt(offset + RecordView.LENGTH, RecordView.HEADER_BYTES + shown.bytes());
        buffer.putInt(offset + RecordView.SHARD, shard);
        buffer.putLong(offset + RecordView.INDEX, index);
        buffer.putLong(offset + RecordView.EPOCH, epoch);
        shown.copyTo(buffer, offset + RecordView.HEADER_BYTES, 0, shown.fieldsBytes());
        recordChecksum.reset();
        recordChecksum.update(buffer.array(), offset + RecordView.MAGIC, fieldsEnd - offset - RecordView.MAGIC);
        recordChecksum.update(payload.duplicate());
        buffer.putInt(offset, (int) recordChecksum.getValue());
        buffer.position(fieldsEnd);
        if (copied) {
            buffer.put(payload.duplicate());
        } else {
            cuts.add(new Cut(fieldsEnd, payload.slice()));
        }
        shown.clear();
    }

    /** Adds bytes that are nobody's record, from position to limit: a u32 checksum, a u32 length, then these. */
    public void putBytes(ByteBuffer bytes) {
        if (!headEnded) {
            throw new IllegalStateException("the head of the message is not complete");
        }
        reserve(2 * Integer.BYTES);
        recordChecksum.reset();
        recordChecksum.update(bytes.duplicate());
        buffer.putInt((int) recordChecksum.getValue()).putInt(bytes.remaining());
        cuts.add(new Cut(buffer.position(), bytes.slice()));
    }

    /** The whole message, piece by piece. */
    public List<ByteBuffer> take() {
        if (!headEnded) {
            throw new IllegalStateException("the head of the message is not complete");
        }
        List<ByteBuffer> pieces = new ArrayList<>(2 * cuts.size() + 1);
        int from = 0;
        for (Cut cut : cuts) {
            pieces.add(buffer.slice(from, cut.end() - from));
            pieces.add(cut.body());
            from = cut.end();
        }
        if (from < buffer.position()) {
            pieces.add(buffer.slice(from, buffer.position() - from));
        }
        return pieces;
    }

    private void reserve(int bytes) {
        if (buffer.remaining() < bytes) {
            buffer = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                    .put(buffer.flip());
        }
    }
}
