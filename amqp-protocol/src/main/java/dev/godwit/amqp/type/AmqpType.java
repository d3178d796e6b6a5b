package dev.godwit.amqp.type;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The primitive types of AMQP, each with the Java class that carries its values (AMQP 1.0 §1.6). */
public enum AmqpType {
    /** {@code null}. */
    NULL,
    /** {@link Boolean}. */
    BOOLEAN,
    /** {@link UnsignedByte}. */
    UBYTE,
    /** {@link UnsignedShort}. */
    USHORT,
    /** {@link UnsignedInteger}. */
    UINT,
    /** {@link UnsignedLong}. */
    ULONG,
    /** {@link Byte}. */
    BYTE,
    /** {@link Short}. */
    SHORT,
    /** {@link Integer}. */
    INT,
    /** {@link Long}. */
    LONG,
    /** {@link Float}. */
    FLOAT,
    /** {@link Double}. */
    DOUBLE,
    /** {@link Decimal32}. */
    DECIMAL32,
    /** {@link Decimal64}. */
    DECIMAL64,
    /** {@link Decimal128}. */
    DECIMAL128,
    /** {@link Character}, or {@link SupplementaryCharacter} beyond U+FFFF. */
    CHAR,
    /** {@link Instant}, of which milliseconds count. */
    TIMESTAMP,
    /** {@link java.util.UUID}. */
    UUID,
    /** {@link Binary}. */
    BINARY,
    /** {@link String}. */
    STRING,
    /** {@link Symbol}. */
    SYMBOL,
    /** {@link List}; its elements may be null. */
    LIST,
    /** {@link Map}; its values may be null, its keys are of simple types. */
    MAP,
    /** {@link AmqpArray}. */
    ARRAY;

    /** List, map and array hold other values; no map has them as keys here. */
    public boolean isCompound() {
        return compareTo(LIST) >= 0;
    }

    /**
     * The type that carries a Java value; of a {@link DescribedValue} it is the type of what is described.
     *
     * @throws IllegalArgumentException when no AMQP type carries this class
     */
    public static AmqpType of(@Nullable Object value) {
        if (value == null) {
            return NULL;
        } else if (value instanceof String) {
            return STRING;
        } else if (value instanceof Integer) {
            return INT;
        } else if (value instanceof Long) {
            return LONG;
        } else if (value instanceof Boolean) {
            return BOOLEAN;
        } else if (value instanceof Symbol) {
            return SYMBOL;
        } else if (value instanceof Binary) {
            return BINARY;
        } else if (value instanceof List) {
            return LIST;
        } else if (value instanceof Map) {
            return MAP;
        } else if (value instanceof Double) {
            return DOUBLE;
        } else if (value instanceof Float) {
            return FLOAT;
        } else if (value instanceof Byte) {
            return BYTE;
        } else if (value instanceof Short) {
            return SHORT;
        } else if (value instanceof Character || value instanceof SupplementaryCharacter) {
            return CHAR;
        } else if (value instanceof Instant) {
            return TIMESTAMP;
        } else if (value instanceof UUID) {
            return UUID;
        }
        return ofRarer(value);
    }

    private static AmqpType ofRarer(Object value) {
        if (value instanceof UnsignedLong) {
            return ULONG;
        } else if (value instanceof UnsignedInteger) {
            return UINT;
        } else if (value instanceof UnsignedShort) {
            return USHORT;
        } else if (value instanceof UnsignedByte) {
            return UBYTE;
        } else if (value instanceof AmqpArray) {
            return ARRAY;
        } else if (value instanceof DescribedValue described) {
            return of(described.value());
        } else if (value instanceof Decimal32) {
            return DECIMAL32;
        } else if (value instanceof Decimal64) {
            return DECIMAL64;
        } else if (value instanceof Decimal128) {
            return DECIMAL128;
        }
        throw new IllegalArgumentException(
                "no AMQP type carries a " + value.getClass().getName());
    }
}
