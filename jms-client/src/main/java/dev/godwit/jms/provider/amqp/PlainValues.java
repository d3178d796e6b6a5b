package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values of AMQP as values of Java, for those who know no AMQP: unsigned numbers in the next wider type, symbols as text,
 * timestamps as milliseconds, everything that Java has no type for as text. Stateless.
 */
final class PlainValues {
    private PlainValues() {}

    /** For a property: a boxed primitive or text. */
    static @Nullable Object property(@Nullable Object value) {
        Object plain = body(value);
        return isScalar(plain) && !(plain instanceof Character) ? plain : String.valueOf(value);
    }

    /** For a map entry, a stream item or an object: also characters, bytes, lists and maps. */
    static @Nullable Object body(@Nullable Object value) {
        if (value instanceof Binary binary) {
            return binary.toByteArray();
        }
        if (value instanceof Symbol || value instanceof UUID) {
            return value.toString();
        }
        if (value instanceof UnsignedByte number) {
            return (short) number.toInt();
        }
        if (value instanceof UnsignedShort number) {
            return number.toInt();
        }
        if (value instanceof UnsignedInteger number) {
            return number.toLong();
        }
        if (value instanceof UnsignedLong number) {
            return number.bits() >= 0 ? (Object) number.bits() : number.toString();
        }
        if (value instanceof Instant instant) {
            return instant.toEpochMilli();
        }
        if (value instanceof DescribedValue described) {
            return body(described.value());
        }
        if (value instanceof AmqpArray array) {
            return body(array.elements());
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> plain = new ArrayList<>(list.size());
            for (Object element : list) {
                plain.add(body(element));
            }
            return plain;
        }
        if (value instanceof Map<?, ?> map) {
            Map<@Nullable Object, @Nullable Object> plain = new LinkedHashMap<>();
            map.forEach((key, element) -> plain.put(body(key), body(element)));
            return plain;
        }
        return isScalar(value) ? value : String.valueOf(value);
    }

    /** Null, or a value of the language itself. Decimals and whatever else is a Number are not. */
    private static boolean isScalar(@Nullable Object value) {
        return value == null
                || value instanceof String
                || value instanceof Boolean
                || value instanceof Character
                || (value instanceof Number && value.getClass().getPackageName().equals("java.lang"));
    }

    /** The way back: bytes become a binary, and everything else is its own AMQP type. */
    static @Nullable Object toWire(@Nullable Object value) {
        if (value instanceof byte[] bytes) {
            return Binary.viewOf(ByteBuffer.wrap(bytes));
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> wire = new ArrayList<>(list.size());
            for (Object element : list) {
                wire.add(toWire(element));
            }
            return wire;
        }
        if (value instanceof Map<?, ?> map) {
            Map<@Nullable Object, @Nullable Object> wire = new LinkedHashMap<>();
            map.forEach((key, element) -> wire.put(toWire(key), toWire(element)));
            return wire;
        }
        return value;
    }
}
