package dev.godwit.amqp.type;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * binary: a sequence of bytes that does not change (AMQP 1.0 §1.6.19).
 *
 * <p>It may be a view of a larger buffer, a message's for instance, and then keeps all of that alive.
 */
public final class Binary implements Comparable<Binary> {
    private static final int MAX_BYTES_SHOWN = 32;

    private final ByteBuffer bytes;

    private Binary(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    public static Binary copyOf(byte[] bytes) {
        return new Binary(ByteBuffer.wrap(bytes.clone()));
    }

    /** A view from position to limit. Whoever calls promises that nobody writes to these bytes again. */
    public static Binary viewOf(ByteBuffer bytes) {
        return new Binary(bytes.slice());
    }

    public int length() {
        return bytes.remaining();
    }

    public byte byteAt(int index) {
        return bytes.get(index);
    }

    /** The bytes from position to limit, read-only, with a position of the caller's own. */
    public ByteBuffer asByteBuffer() {
        return bytes.asReadOnlyBuffer();
    }

    public byte[] toByteArray() {
        var copy = new byte[bytes.remaining()];
        copyTo(copy, 0);
        return copy;
    }

    /** Copies all bytes into a target that has room for them. */
    public void copyTo(byte[] target, int offset) {
        bytes.get(0, target, offset, bytes.remaining());
    }

    /** By unsigned bytes from the first on; of two that begin alike the shorter is less. */
    @Override
    public int compareTo(Binary other) {
        int mismatch = bytes.mismatch(other.bytes);
        if (mismatch < 0) {
            return 0;
        }
        if (mismatch >= length() || mismatch >= other.length()) {
            return Integer.compare(length(), other.length());
        }
        return Byte.compareUnsigned(bytes.get(mismatch), other.bytes.get(mismatch));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Binary that && bytes.equals(that.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }

    /** Hexadecimal; of a long one only the beginning. */
    @Override
    public String toString() {
        if (length() <= MAX_BYTES_SHOWN) {
            return HexFormat.of().formatHex(toByteArray());
        }
        var beginning = new byte[MAX_BYTES_SHOWN];
        bytes.get(0, beginning);
        return HexFormat.of().formatHex(beginning) + "… (" + length() + " bytes)";
    }
}
