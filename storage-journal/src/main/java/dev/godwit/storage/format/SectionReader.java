package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.UUID;

/** Verifies sections of a checkpoint and takes them apart. Owned by one thread. */
public final class SectionReader {
    private final Checksum checksum = new Checksum();
    private final int salt;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int end;
    private byte type;
    private int sections;

    /** @param sequence of the batch that the checkpoint stands before */
    public SectionReader(UUID journalId, long sequence) {
        salt = Checksum.salt(journalId, sequence);
    }

    /**
     * How many bytes of {@code buffer} the section at its position takes, header included; at most
     * {@link SectionWriter#HEADER_BYTES} need be there to tell.
     *
     * @return 0 when there are too few bytes to tell
     */
    public static long bytesOf(ByteBuffer buffer) {
        if (buffer.remaining() < SectionWriter.HEADER_BYTES) {
            return 0;
        }
        return SectionWriter.HEADER_BYTES + Integer.toUnsignedLong(buffer.getInt(buffer.position() + Integer.BYTES));
    }

    /**
     * Shows the section at the position of {@code source}, all of which is there, and moves the position behind it.
     *
     * @throws DamagedFormatException when it does not verify
     */
    public void show(ByteBuffer source, int bytes) throws DamagedFormatException {
        int from = source.position();
        end = from + bytes;
        int crc = checksum.of(source, from + Integer.BYTES, end) ^ salt;
        if (crc != source.getInt(from)) {
            throw DamagedFormatException.damaged("section " + (sections + 1) + " does not match its checksum");
        }
        type = source.get(from + 2 * Integer.BYTES);
        source.position(end);
        buffer = source.duplicate();
        buffer.limit(end).position(from + SectionWriter.HEADER_BYTES);
        sections++;
    }

    public byte type() {
        return type;
    }

    /** How many sections were shown. */
    public int sections() {
        return sections;
    }

    public boolean hasRemaining() {
        return buffer.hasRemaining();
    }

    public int getByte() {
        return Byte.toUnsignedInt(buffer.get());
    }

    public int getShort() {
        return Short.toUnsignedInt(buffer.getShort());
    }

    public int getInt() {
        return buffer.getInt();
    }

    public long getLong() {
        return buffer.getLong();
    }

    public void getLongs(long[] values) {
        buffer.asLongBuffer().get(values);
        buffer.position(buffer.position() + values.length * Long.BYTES);
    }

    /** As {@link SectionWriter#putRecord} left it. */
    public JournalRecord getRecord() throws DamagedFormatException {
        byte typeId = buffer.get();
        int length = buffer.getInt();
        var body = new byte[length];
        buffer.get(body);
        return RecordDecoder.decode(typeId, ByteBuffer.wrap(body));
    }

    public String getText() {
        var bytes = new byte[buffer.getInt()];
        buffer.get(bytes);
        return new String(bytes, UTF_8);
    }
}
