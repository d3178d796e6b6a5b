package dev.godwit.amqp.type;

/** ushort, 0 to 65535, kept in the bits of a short (AMQP 1.0 §1.6.4). */
public record UnsignedShort(short bits) implements Comparable<UnsignedShort> {
    /**
     * The value as an unsigned number.
     *
     * @throws IllegalArgumentException outside 0 to 65535
     */
    public static UnsignedShort of(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("a ushort is 0 to 65535: " + value);
        }
        return new UnsignedShort((short) value);
    }

    public int toInt() {
        return Short.toUnsignedInt(bits);
    }

    @Override
    public int compareTo(UnsignedShort other) {
        return Short.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return Integer.toString(toInt());
    }
}
