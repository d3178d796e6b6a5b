package dev.godwit.amqp.message;

import static java.util.Objects.requireNonNull;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.lang.reflect.Array;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.amqp.DescribedType;
import org.jspecify.annotations.Nullable;

/** Brings Proton-J's values and ours into one form, in which they can be compared. */
final class ProtonValues {
    /** An array in either library: Java arrays forget the AMQP type of their elements when there are none. */
    record Elements(List<@Nullable Object> elements) {}

    private ProtonValues() {}

    /** A value of Proton-J's, with our classes. */
    static @Nullable Object ofProton(@Nullable Object value) {
        if (value == null) {
            return null;
        } else if (value.getClass().isArray()) {
            var elements = new ArrayList<@Nullable Object>();
            for (int i = 0; i < Array.getLength(value); i++) {
                elements.add(ofProton(Array.get(value, i)));
            }
            return new Elements(elements);
        } else if (value instanceof List<?> list) {
            var elements = new ArrayList<@Nullable Object>();
            list.forEach(element -> elements.add(ofProton(element)));
            return elements;
        } else if (value instanceof Map<?, ?> map) {
            var entries = new LinkedHashMap<@Nullable Object, @Nullable Object>();
            map.forEach((key, element) -> entries.put(ofProton(key), ofProton(element)));
            return entries;
        } else if (value instanceof DescribedType described) {
            Object descriptor = ofProton(described.getDescriptor());
            return new DescribedValue(requireNonNull(descriptor), ofProton(described.getDescribed()));
        }
        return simpleOfProton(value);
    }

    @SuppressWarnings("JavaUtilDate") // Proton-J's timestamps
    private static Object simpleOfProton(Object value) {
        if (value instanceof org.apache.qpid.proton.amqp.UnsignedByte number) {
            return new UnsignedByte(number.byteValue());
        } else if (value instanceof org.apache.qpid.proton.amqp.UnsignedShort number) {
            return new UnsignedShort(number.shortValue());
        } else if (value instanceof org.apache.qpid.proton.amqp.UnsignedInteger number) {
            return new UnsignedInteger(number.intValue());
        } else if (value instanceof org.apache.qpid.proton.amqp.UnsignedLong number) {
            return new UnsignedLong(number.longValue());
        } else if (value instanceof org.apache.qpid.proton.amqp.Decimal32 decimal) {
            return new Decimal32(decimal.getBits());
        } else if (value instanceof org.apache.qpid.proton.amqp.Decimal64 decimal) {
            return new Decimal64(decimal.getBits());
        } else if (value instanceof org.apache.qpid.proton.amqp.Decimal128 decimal) {
            return new Decimal128(decimal.getMostSignificantBits(), decimal.getLeastSignificantBits());
        } else if (value instanceof org.apache.qpid.proton.amqp.Symbol symbol) {
            return Symbol.of(symbol.toString());
        } else if (value instanceof org.apache.qpid.proton.amqp.Binary binary) {
            return Binary.viewOf(binary.asByteBuffer());
        } else if (value instanceof Date date) {
            return Instant.ofEpochMilli(date.getTime());
        }
        return value;
    }

    /** A value of ours, in the form that {@link #ofProton} gives. */
    static @Nullable Object ofOurs(@Nullable Object value) {
        if (value instanceof AmqpArray array) {
            var elements = new ArrayList<@Nullable Object>();
            array.elements().forEach(element -> elements.add(ofOurs(element)));
            return new Elements(elements);
        } else if (value instanceof List<?> list) {
            var elements = new ArrayList<@Nullable Object>();
            list.forEach(element -> elements.add(ofOurs(element)));
            return elements;
        } else if (value instanceof Map<?, ?> map) {
            var entries = new LinkedHashMap<@Nullable Object, @Nullable Object>();
            map.forEach((key, element) -> entries.put(ofOurs(key), ofOurs(element)));
            return entries;
        } else if (value instanceof DescribedValue described) {
            return new DescribedValue(described.descriptor(), ofOurs(described.value()));
        }
        return value;
    }
}
