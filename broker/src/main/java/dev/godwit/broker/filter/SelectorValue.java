package dev.godwit.broker.filter;

import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.SupplementaryCharacter;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The few types that selectors calculate with, made of the many that AMQP has. */
final class SelectorValue {
    private SelectorValue() {}

    /** A Boolean, String, Long, Double or BigDecimal; null for null and for what no selector can name. */
    static @Nullable Object of(@Nullable Object value) {
        if (value == null || value instanceof String || value instanceof Boolean || value instanceof Long) {
            return value;
        }
        if (value instanceof Number number) {
            return ofNumber(number);
        }
        if (value instanceof Symbol || value instanceof UUID || value instanceof Character) {
            return value.toString();
        }
        if (value instanceof SupplementaryCharacter character) {
            return Character.toString(character.codePoint());
        }
        return value instanceof Instant time ? (Object) time.toEpochMilli() : ofUnsignedOrDecimal(value);
    }

    private static Object ofNumber(Number number) {
        if (number instanceof Double || number instanceof Float) {
            return number.doubleValue();
        }
        return number instanceof BigDecimal ? number : (Object) number.longValue();
    }

    private static @Nullable Object ofUnsignedOrDecimal(Object value) {
        if (value instanceof UnsignedInteger number) {
            return number.toLong();
        } else if (value instanceof UnsignedLong number) {
            return number.bits() >= 0 ? (Object) number.bits() : new BigDecimal(new BigInteger(number.toString()));
        } else if (value instanceof UnsignedShort number) {
            return (long) number.toInt();
        } else if (value instanceof UnsignedByte number) {
            return (long) number.toInt();
        } else if (value instanceof Decimal32 decimal) {
            return DecimalEncoding.DECIMAL32.value(0, Integer.toUnsignedLong(decimal.bits()));
        } else if (value instanceof Decimal64 decimal) {
            return DecimalEncoding.DECIMAL64.value(0, decimal.bits());
        } else if (value instanceof Decimal128 decimal) {
            return DecimalEncoding.DECIMAL128.value(decimal.highBits(), decimal.lowBits());
        }
        return null;
    }
}
