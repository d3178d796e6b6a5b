package dev.godwit.amqp.transport;

import java.nio.ByteBuffer;
import java.nio.charset.CharsetDecoder;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.codec.WritableBuffer;

/**
 * A message on its way into the engine: replaced leading sections, then the rest, read as one without being joined or
 * copied. Reads by absolute index, so the caller's buffers keep their positions. Owned by the connection's loop; the
 * engine lets go of it when the last transfer frame is written.
 *
 * <p>Design note: the engine only asks how much remains, and moves pieces of up to one frame into its frame buffer; the
 * rest of the interface is for decoders, and refuses.
 */
final class OutgoingPayload implements ReadableBuffer {
    private final ByteBuffer head;
    private final ByteBuffer rest;
    private final int headStart;
    private final int headBytes;
    private final int restStart;
    private int position;
    private int limit;

    OutgoingPayload(ByteBuffer head, ByteBuffer rest) {
        this.head = head;
        this.rest = rest;
        headStart = head.position();
        headBytes = head.remaining();
        restStart = rest.position();
        limit = headBytes + rest.remaining();
    }

    @Override
    public int remaining() {
        return limit - position;
    }

    @Override
    public boolean hasRemaining() {
        return position < limit;
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public ReadableBuffer position(int newPosition) {
        position = newPosition;
        return this;
    }

    @Override
    public int limit() {
        return limit;
    }

    @Override
    public ReadableBuffer limit(int newLimit) {
        limit = newLimit;
        return this;
    }

    @Override
    public int capacity() {
        return headBytes + rest.limit() - restStart;
    }

    @Override
    public boolean hasArray() {
        return false;
    }

    @Override
    public ReadableBuffer reclaimRead() {
        return this;
    }

    @Override
    public ReadableBuffer get(byte[] target, int offset, int length) {
        int fromHead = Math.max(0, Math.min(length, headBytes - position));
        if (fromHead > 0) {
            head.get(headStart + position, target, offset, fromHead);
        }
        if (length > fromHead) {
            rest.get(restStart + position + fromHead - headBytes, target, offset + fromHead, length - fromHead);
        }
        position += length;
        return this;
    }

    @Override
    public ReadableBuffer get(byte[] target) {
        return get(target, 0, target.length);
    }

    @Override
    public ReadableBuffer get(WritableBuffer target) {
        byte[] bytes = new byte[Math.min(remaining(), target.remaining())];
        get(bytes);
        target.put(bytes, 0, bytes.length);
        return this;
    }

    @Override
    public byte[] array() {
        throw unread();
    }

    @Override
    public int arrayOffset() {
        throw unread();
    }

    @Override
    public byte get() {
        throw unread();
    }

    @Override
    public byte get(int index) {
        throw unread();
    }

    @Override
    public int getInt() {
        throw unread();
    }

    @Override
    public long getLong() {
        throw unread();
    }

    @Override
    public short getShort() {
        throw unread();
    }

    @Override
    public float getFloat() {
        throw unread();
    }

    @Override
    public double getDouble() {
        throw unread();
    }

    @Override
    public ReadableBuffer slice() {
        throw unread();
    }

    @Override
    public ReadableBuffer flip() {
        throw unread();
    }

    @Override
    public ReadableBuffer mark() {
        throw unread();
    }

    @Override
    public ReadableBuffer reset() {
        throw unread();
    }

    @Override
    public ReadableBuffer rewind() {
        throw unread();
    }

    @Override
    public ReadableBuffer clear() {
        throw unread();
    }

    @Override
    public ReadableBuffer duplicate() {
        throw unread();
    }

    @Override
    public ByteBuffer byteBuffer() {
        throw unread();
    }

    @Override
    public String readUTF8() {
        throw unread();
    }

    @Override
    public String readString(CharsetDecoder decoder) {
        throw unread();
    }

    private static UnsupportedOperationException unread() {
        return new UnsupportedOperationException("a payload is moved, not read");
    }
}
