package dev.godwit.amqp.type;

/** ulong, 0 to 2^64-1, kept in the bits of a long (AMQP 1.0 §1.6.6). */
public record UnsignedLong(long bits) implements Comparable<UnsignedLong> {
    public static final UnsignedLong ZERO = new UnsignedLong(0);

    @Override
    public int compareTo(UnsignedLong other) {
        return Long.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(bits);
    }
}
