package dev.godwit.jms.message;

import jakarta.jms.MessageFormatException;
import org.jspecify.annotations.Nullable;

/**
 * The conversion table that properties, map entries and stream items share (Jakarta Messaging §3.5.4, §3.11.3): which
 * type of value may be read as which other. Text is parsed as {@code valueOf} of the wanted type does, and a null value
 * is read as if it were null text, with the exceptions of {@code valueOf}. Stateless.
 */
final class Conversion {
    private Conversion() {}

    static boolean toBoolean(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Boolean same) {
            return same;
        }
        if (value == null || value instanceof String) {
            return Boolean.parseBoolean((String) value);
        }
        throw refused(value, "a boolean");
    }

    static byte toByte(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Byte same) {
            return same;
        }
        return Byte.parseByte(text(value, "a byte"));
    }

    static short toShort(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Byte || value instanceof Short) {
            return ((Number) value).shortValue();
        }
        return Short.parseShort(text(value, "a short"));
    }

    static int toInt(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
            return ((Number) value).intValue();
        }
        return Integer.parseInt(text(value, "an int"));
    }

    static long toLong(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        return Long.parseLong(text(value, "a long"));
    }

    static float toFloat(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Float same) {
            return same;
        }
        return Float.parseFloat(nonNullText(value, "a float"));
    }

    static double toDouble(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Float || value instanceof Double) {
            return ((Number) value).doubleValue();
        }
        return Double.parseDouble(nonNullText(value, "a double"));
    }

    static char toChar(@Nullable Object value) throws MessageFormatException {
        if (value instanceof Character same) {
            return same;
        }
        if (value == null) {
            throw new NullPointerException("the value is null, and cannot be read as a char");
        }
        throw refused(value, "a char");
    }

    static @Nullable String toText(@Nullable Object value) throws MessageFormatException {
        if (value == null) {
            return null;
        }
        if (value instanceof byte[]) {
            throw refused(value, "a String");
        }
        return value.toString();
    }

    /** The bytes themselves, not a copy. */
    static byte @Nullable [] toBytes(@Nullable Object value) throws MessageFormatException {
        if (value == null) {
            return null;
        }
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        throw refused(value, "bytes");
    }

    /** Whether a property may hold it: null, a boxed primitive other than char, or text. */
    static boolean isPropertyValue(@Nullable Object value) {
        return value == null
                || value instanceof String
                || value instanceof Boolean
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Double
                || value instanceof Float
                || value instanceof Short
                || value instanceof Byte;
    }

    /** Whether a map entry or a stream item may hold it: as a property, and char and bytes as well. */
    static boolean isBodyValue(@Nullable Object value) {
        return isPropertyValue(value) || value instanceof Character || value instanceof byte[];
    }

    /** What {@code parseByte} and its kin make of null is a {@link NumberFormatException}, as is wanted. */
    @SuppressWarnings("NullAway")
    private static String text(@Nullable Object value, String wanted) throws MessageFormatException {
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw refused(value, wanted);
    }

    private static String nonNullText(@Nullable Object value, String wanted) throws MessageFormatException {
        if (value == null) {
            throw new NullPointerException("the value is null, and cannot be read as " + wanted);
        }
        return text(value, wanted);
    }

    private static MessageFormatException refused(Object value, String wanted) {
        return new MessageFormatException(
                "a value of type " + value.getClass().getSimpleName() + " cannot be read as " + wanted);
    }
}
