package dev.godwit.broker.filter;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** IEEE 754-2008 decimals in their binary integer encoding, which is AMQP's (AMQP 1.0 §1.6.13 to §1.6.15). */
enum DecimalEncoding {
    DECIMAL32(32, 8, 101, 7),
    DECIMAL64(64, 10, 398, 16),
    DECIMAL128(128, 14, 6_176, 34);

    private final int bits;
    private final int exponentBits;
    private final int bias;
    private final BigInteger coefficientEnd;

    DecimalEncoding(int bits, int exponentBits, int bias, int digits) {
        this.bits = bits;
        this.exponentBits = exponentBits;
        this.bias = bias;
        this.coefficientEnd = BigInteger.TEN.pow(digits);
    }

    /** The number; infinities as doubles; null for NaN, which is no value. */
    @Nullable
    Number value(long highBits, long lowBits) {
        var all = unsigned(highBits).shiftLeft(Long.SIZE).or(unsigned(lowBits));
        boolean negative = all.testBit(bits - 1);
        boolean longCoefficient = all.testBit(bits - 2) && all.testBit(bits - 3);
        if (longCoefficient && all.testBit(bits - 4) && all.testBit(bits - 5)) {
            return special(all, negative);
        }
        int coefficientBits = bits - 1 - exponentBits - (longCoefficient ? 2 : 0);
        int exponent = field(all.shiftRight(coefficientBits), exponentBits).intValue() - bias;
        var coefficient = field(all, coefficientBits);
        if (longCoefficient) {
            coefficient = coefficient.or(BigInteger.ONE.shiftLeft(coefficientBits + 2));
        }
        if (coefficient.compareTo(coefficientEnd) >= 0) {
            coefficient = BigInteger.ZERO;
        }
        return new BigDecimal(negative ? coefficient.negate() : coefficient, -exponent);
    }

    private @Nullable Number special(BigInteger all, boolean negative) {
        if (all.testBit(bits - 6)) {
            return null;
        }
        return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    private static BigInteger field(BigInteger value, int width) {
        return value.and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE));
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
