package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.UUID;

/** Lays out sections of a checkpoint one after the other, each with its length and checksum. Owned by one thread. */
public final class SectionWriter {
    /** Checksum, length, type. */
    static final int HEADER_BYTES = 9;

    private static final int CAPACITY_BYTES = 64 * 1024;

    private final Checksum checksum = new Checksum();
    private final RecordBody body = new RecordBody();
    private final int salt;
    private ByteBuffer buffer = ByteBuffer.allocate(CAPACITY_BYTES);
    private int begin;
    private int sections;

    /** @param sequence of the batch that the checkpoint stands before: binds the checksums to this checkpoint */
    public SectionWriter(UUID journalId, long sequence) {
        salt = Checksum.salt(journalId, sequence);
    }

    public void begin(byte type) {
        begin = buffer.position();
        reserve(HEADER_BYTES);
        buffer.putInt(0).putInt(0).put(type);
    }

    public void end() {
        int end = buffer.position();
        buffer.putInt(begin + Integer.BYTES, end - begin - HEADER_BYTES);
        buffer.putInt(begin, checksum.of(buffer, begin + Integer.BYTES, end) ^ salt);
        sections++;
    }

    /** How many sections there were. */
    public int sections() {
        return sections;
    }

    /** How many bytes have gathered. */
    public int bytes() {
        return buffer.position();
    }

    /** Gives away what has gathered, whole sections, and begins a new buffer. */
    public ByteBuffer take() {
        ByteBuffer taken = buffer.flip();
        buffer = ByteBuffer.allocate(Math.max(CAPACITY_BYTES, taken.limit() + taken.limit() / 8));
        return taken;
    }

    public SectionWriter putByte(int value) {
        reserve(Byte.BYTES);
        buffer.put((byte) value);
        return this;
    }

    public SectionWriter putShort(int value) {
        reserve(Short.BYTES);
        buffer.putShort((short) value);
        return this;
    }

    public SectionWriter putInt(int value) {
        reserve(Integer.BYTES);
        buffer.putInt(value);
        return this;
    }

    public SectionWriter putLong(long value) {
        reserve(Long.BYTES);
        buffer.putLong(value);
        return this;
    }

    public SectionWriter putLongs(long[] values) {
        reserve(values.length * Long.BYTES);
        buffer.asLongBuffer().put(values);
        buffer.position(buffer.position() + values.length * Long.BYTES);
        return this;
    }

    /** As a u32 length and UTF-8. */
    public SectionWriter putText(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        reserve(Integer.BYTES + bytes.length);
        buffer.putInt(bytes.length).put(bytes);
        return this;
    }

    /**
     * What a record says besides the bytes that it carries for others, which are left out: its type, and its body up to these
     * as a u32 length and bytes. Of the voters nothing is left out.
     */
    public SectionWriter putRecord(JournalRecord record) {
        body.show(record);
        int bytes = record instanceof JournalRecord.VotersNamed ? body.bytes() : body.fieldsBytes();
        reserve(Byte.BYTES + Integer.BYTES + bytes);
        buffer.put(record.typeId()).putInt(bytes);
        body.copyTo(buffer, buffer.position(), 0, bytes);
        buffer.position(buffer.position() + bytes);
        body.clear();
        return this;
    }

    private void reserve(int bytes) {
        if (buffer.remaining() < bytes) {
            buffer = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                    .put(buffer.flip());
        }
    }
}
