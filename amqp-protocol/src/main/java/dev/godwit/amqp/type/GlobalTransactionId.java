package dev.godwit.amqp.type;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The name that whoever coordinates a transaction over several resources gave to the part of it that one of them does: 1 to
 * {@link #BYTES_MAX} bytes, of which a broker knows no meaning (the global-id of AMQP 1.0 §4.5.2).
 */
public final class GlobalTransactionId implements Comparable<GlobalTransactionId> {
    /** An X/Open XID has at most 4 + 64 + 64 bytes, and the lengths of its parts. */
    public static final int BYTES_MAX = 140;

    /** The first one in their order. */
    public static final GlobalTransactionId LOWEST = of(new byte[1]);

    private final Binary bytes;

    private GlobalTransactionId(Binary bytes) {
        this.bytes = bytes;
    }

    /**
     * The name that those bytes are.
     *
     * @throws IllegalArgumentException when they are none, or too many
     */
    public static GlobalTransactionId of(byte[] bytes) {
        var id = owning(bytes.clone());
        if (id == null) {
            throw new IllegalArgumentException(
                    "a global id has 1 to " + BYTES_MAX + " bytes, this one has " + bytes.length);
        }
        return id;
    }

    /** The value of such a field; null when it is none: no binary, empty or too long. */
    public static @Nullable GlobalTransactionId ofWire(@Nullable Object value) {
        return value instanceof Binary bytes && bytes.length() <= BYTES_MAX ? owning(bytes.toByteArray()) : null;
    }

    /** @param bytes that nobody else has */
    private static @Nullable GlobalTransactionId owning(byte[] bytes) {
        return bytes.length > 0 && bytes.length <= BYTES_MAX
                ? new GlobalTransactionId(Binary.viewOf(ByteBuffer.wrap(bytes)))
                : null;
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @return null when it is something else
     */
    public static @Nullable GlobalTransactionId parse(String hexadecimal) {
        try {
            return owning(HexFormat.of().parseHex(hexadecimal));
        } catch (IllegalArgumentException somethingElse) {
            return null;
        }
    }

    public Binary bytes() {
        return bytes;
    }

    @Override
    public int compareTo(GlobalTransactionId other) {
        return bytes.compareTo(other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GlobalTransactionId that && bytes.equals(that.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }

    /** Hexadecimal, whole. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
