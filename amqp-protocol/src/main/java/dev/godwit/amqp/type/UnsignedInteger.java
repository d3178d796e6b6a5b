package dev.godwit.amqp.type;

/** uint, 0 to 2^32-1, kept in the bits of an int (AMQP 1.0 §1.6.5). */
public record UnsignedInteger(int bits) implements Comparable<UnsignedInteger> {
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
