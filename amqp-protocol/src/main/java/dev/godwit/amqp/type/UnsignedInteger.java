package dev.godwit.amqp.type;

/** uint, 0 to 2^32-1, kept in the bits of an int (AMQP 1.0 §1.6.5). */
public record UnsignedInteger(int bits) implements Comparable<UnsignedInteger> {
    public static final UnsignedInteger ZERO = new UnsignedInteger(0);

    /**
     * The value as an unsigned number.
     *
     * @throws IllegalArgumentException outside 0 to 2^32-1
     */
    public static UnsignedInteger of(long value) {
        if (value < 0 || value > 0xffff_ffffL) {
            throw new IllegalArgumentException("a uint is 0 to 4294967295: " + value);
        }
        return new UnsignedInteger((int) value);
    }

    public long toLong() {
        return Integer.toUnsignedLong(bits);
    }

    @Override
    public int compareTo(UnsignedInteger other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return Integer.toUnsignedString(bits);
    }
}
