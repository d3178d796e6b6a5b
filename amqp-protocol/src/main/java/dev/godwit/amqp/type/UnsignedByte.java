package dev.godwit.amqp.type;

/** ubyte, 0 to 255, kept in the bits of a byte (AMQP 1.0 §1.6.3). */
public record UnsignedByte(byte bits) implements Comparable<UnsignedByte> {
    /**
     * The value as an unsigned number.
     *
     * @throws IllegalArgumentException outside 0 to 255
     */
    public static UnsignedByte of(int value) {
        if (value < 0 || value > 0xff) {
            throw new IllegalArgumentException("a ubyte is 0 to 255: " + value);
        }
        return new UnsignedByte((byte) value);
    }

    public int toInt() {
        return Byte.toUnsignedInt(bits);
    }

    @Override
    public int compareTo(UnsignedByte other) {
        return Byte.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return Integer.toString(toInt());
    }
}
