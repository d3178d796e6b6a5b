package dev.godwit.storage.format;

import static dev.godwit.storage.format.DamagedFormatException.damaged;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Takes a message between replicas apart, as {@link FrameWriter} laid it out. Whatever comes, it throws nothing but
 * {@link DamagedFormatException}, and takes no more memory than the message. Bodies of records are slices of the message:
 * it may not change as long as they are used. Used for one message; owned by one thread.
 */
public final class FrameReader {
    private final ByteBuffer frame;
    private final RecordView view = new RecordView();
    private final byte kind;
    private final int headEnd;
    private int at;

    /**
     * Verifies the head.
     *
     * @param frame the whole message, from position to limit
     */
    public FrameReader(ByteBuffer frame) throws DamagedFormatException {
        this.frame = frame.slice();
        if (this.frame.limit() < FrameWriter.PREFIX_BYTES) {
            throw damaged("a message of " + this.frame.limit() + " bytes");
        }
        int headBytes = this.frame.getInt(Integer.BYTES);
        if (headBytes < FrameWriter.PREFIX_BYTES || headBytes > this.frame.limit()) {
            throw damaged("a message of " + this.frame.limit() + " bytes claims a head of " + headBytes);
        }
        if (new Checksum().of(this.frame, Integer.BYTES, headBytes) != this.frame.getInt(0)) {
            throw damaged("the head of a message does not match its checksum");
        }
        this.frame.position(2 * Integer.BYTES);
        byte version = this.frame.get();
        if (version != FrameWriter.VERSION) {
            throw DamagedFormatException.foreign("a message has the unknown version " + version);
        }
        kind = this.frame.get();
        headEnd = headBytes;
        at = headBytes;
    }

    public byte kind() {
        return kind;
    }

    public boolean getBoolean() throws DamagedFormatException {
        need(Byte.BYTES);
        byte value = frame.get();
        if (value != 0 && value != 1) {
            throw damaged("a message has " + value + " for yes or no");
        }
        return value == 1;
    }

    public int getInt() throws DamagedFormatException {
        need(Integer.BYTES);
        return frame.getInt();
    }

    public long getLong() throws DamagedFormatException {
        need(Long.BYTES);
        return frame.getLong();
    }

    public UUID getId() throws DamagedFormatException {
        return new UUID(getLong(), getLong());
    }

    public String getText() throws DamagedFormatException {
        return UTF_8.decode(getBytes()).toString();
    }

    /** A u32 length and so many bytes: a slice of the message. */
    public ByteBuffer getBytes() throws DamagedFormatException {
        int length = getInt();
        if (length < 0 || length > headRemaining()) {
            throw damaged("the head of a message claims " + length + " bytes more");
        }
        ByteBuffer bytes = frame.slice(frame.position(), length);
        frame.position(frame.position() + length);
        return bytes;
    }

    /** The head has been read: nothing may be left of it. */
    public void endHead() throws DamagedFormatException {
        if (frame.position() != headEnd) {
            throw damaged("the head of a message has " + headRemaining() + " bytes too many");
        }
    }

    /** Moves on to the next record of {@code shard}, which is verified; false when there is none. */
    public boolean nextRecord(int shard) throws DamagedFormatException {
        if (at == frame.limit()) {
            return false;
        }
        String problem = view.read(frame, at, frame.limit(), 0);
        if (problem != null) {
            throw damaged("in a message: " + problem);
        }
        if (view.shard() != shard || view.isMoved() || view.isLastPiece() || view.type() >= RecordType.CHUNK) {
            throw damaged("a message has a record that is no entry of shard " + shard);
        }
        at += view.bytes();
        return true;
    }

    /** Of the record that {@link #nextRecord} has moved on to. */
    public long recordIndex() {
        return view.index();
    }

    /** Likewise. */
    public long recordEpoch() {
        return view.epoch();
    }

    /** Likewise: on disk and in a message. */
    public int recordBytes() {
        return view.bytes();
    }

    /** What the record says. */
    public JournalRecord record() throws DamagedFormatException {
        return RecordDecoder.decode(view.type(), frame.slice(view.bodyOffset(), view.bodyBytes()));
    }

    /** The rest of the message as {@link FrameWriter#putBytes} added it: a slice of the message. */
    public ByteBuffer bytes() throws DamagedFormatException {
        int begin = at + 2 * Integer.BYTES;
        if (begin > frame.limit() || frame.getInt(at + Integer.BYTES) != frame.limit() - begin) {
            throw damaged("a message has not the length that it claims");
        }
        if (new Checksum().of(frame, begin, frame.limit()) != frame.getInt(at)) {
            throw damaged("the bytes of a message do not match their checksum");
        }
        at = frame.limit();
        return frame.slice(begin, frame.limit() - begin);
    }

    private int headRemaining() {
        return headEnd - frame.position();
    }

    private void need(int bytes) throws DamagedFormatException {
        if (headRemaining() < bytes) {
            throw damaged("the head of a message ends too early");
        }
    }
}
